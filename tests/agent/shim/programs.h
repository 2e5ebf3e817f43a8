// SPDX-License-Identifier: Apache-2.0
//
// Small Python services. They get the port and the generation as arguments.

#ifndef TESTS_AGENT_SHIM_PROGRAMS_H_
#define TESTS_AGENT_SHIM_PROGRAMS_H_

namespace rollout::shim {

// Definitions the others begin with. serve() answers one request a connection.
inline constexpr char kPrelude[] = R"(
import os, signal, socket, sys, threading, time
port, generation = int(sys.argv[1]), sys.argv[2]

def notify(text):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    a = os.environ["NOTIFY_SOCKET"]
    s.sendto(text.encode(), "\0" + a[1:] if a[0] == "@" else a)

def listener(address="127.0.0.1"):
    s = socket.socket()
    s.bind((address, port))
    s.listen(128)
    return s

def answer(c):
    c.recv(4096)
    c.sendall(b"HTTP/1.0 200 OK\r\n\r\ngeneration " + generation.encode())
    c.close()

def serve(s):
    while True:
        threading.Thread(target=answer, args=(s.accept()[0],)).start()
)";

}  // namespace rollout::shim

#endif  // TESTS_AGENT_SHIM_PROGRAMS_H_
