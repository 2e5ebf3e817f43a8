// SPDX-License-Identifier: Apache-2.0
//
// Small pages over HTTP: metrics, health. Plaintext, GET only.

#ifndef BASE_HTTP_SERVER_H_
#define BASE_HTTP_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "base/host_port.h"

namespace httplib {
class Server;
}

namespace rollout {

struct HttpPage {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
};

// Not thread-safe, but for the pages: they run on the server's own threads,
// several at once.
class HttpServer {
 public:
  HttpServer();
  // Stops.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Answers GET of exactly `path`. Before Start.
  void AddPage(const std::string& path, std::function<HttpPage()> page);

  // Listens and serves on threads of its own. Unavailable: the address can't be
  // had; names it and says why. Once.
  absl::Status Start(const HostPort& address);

  // Where it listens, with the port the kernel chose; after Start.
  const HostPort& address() const { return address_; }

  // Ends all threads. Idempotent.
  void Stop();

 private:
  const std::unique_ptr<httplib::Server> server_;
  HostPort address_;
  std::thread thread_;
};

}  // namespace rollout

#endif  // BASE_HTTP_SERVER_H_
