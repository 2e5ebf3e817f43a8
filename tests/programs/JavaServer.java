// SPDX-License-Identifier: Apache-2.0

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/**
 * An ordinary HTTP server of the JDK: JavaServer ADDRESS PORT VERSION. Answers
 * with its version and logs every request. Dies at SIGTERM.
 */
public final class JavaServer {
  public static void main(String[] arguments) throws IOException {
    byte[] version = ("version " + arguments[2] + "\n").getBytes();
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), 0);
    server.createContext(
        "/",
        exchange -> {
          System.out.println(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          exchange.sendResponseHeaders(200, version.length);
          exchange.getResponseBody().write(version);
          exchange.close();
        });
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.start();
  }
}
