// SPDX-License-Identifier: Apache-2.0
//
// A service for tests that need more of it than speed or a protocol: it listens
// wherever it is told and answers at once.
//
//   answering_server GENERATION [--listeners N] [--owner UID:GID]
//                    [--mode MODE] ADDRESS...
//
// A connection's first bytes are answered with "generation N" (as HTTP/1.0),
// then it is closed; a datagram with "generation N", a line break, and itself.
// Each address gets N sockets (1), which share it by SO_REUSEPORT when they are
// several. A Unix socket's path is unlinked before it is bound and at SIGTERM,
// and given that owner and mode, as many programs do.

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/endpoint_address.h"

namespace rollout::programs {
namespace {

struct Options {
  std::string generation;
  int listeners = 1;
  uid_t owner = -1;
  gid_t group = -1;
  int mode = -1;
  std::vector<EndpointAddress> addresses;
};

// The paths to unlink, for the signal handler.
std::vector<std::string>& Paths() {
  static auto& paths = *new std::vector<std::string>;
  return paths;
}

void OnTerm(int) {
  for (const std::string& path : Paths()) unlink(path.c_str());
  _exit(0);
}

Options ReadOptions(int count, char** words) {
  Options options;
  CHECK(count > 2);
  options.generation = words[1];
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--listeners") {
      options.listeners = atoi(words[++i]);
    } else if (word == "--owner") {
      CHECK(sscanf(words[++i], "%u:%u", &options.owner, &options.group) == 2);
    } else if (word == "--mode") {
      options.mode = static_cast<int>(strtol(words[++i], nullptr, 8));
    } else {
      auto address = EndpointAddress::Parse(word);
      CHECK(address.ok());
      options.addresses.push_back(*address);
    }
  }
  return options;
}

[[noreturn]] void Fail(const EndpointAddress& address, const char* what) {
  fprintf(stderr, "%s %s: %s\n", what, address.ToString().c_str(),
          strerror(errno));
  exit(1);
}

int BindPath(const EndpointAddress& address, const Options& options) {
  const char* path = address.path().c_str();
  unlink(path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  strncpy(name.sun_path, path, sizeof name.sun_path - 1);
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) {
    Fail(address, "bind");
  }
  if (options.mode >= 0 && chmod(path, options.mode) != 0) {
    Fail(address, "chmod");
  }
  if (options.owner != static_cast<uid_t>(-1) &&
      chown(path, options.owner, options.group) != 0) {
    Fail(address, "chown");
  }
  Paths().push_back(address.path());
  return fd;
}

int BindIp(const EndpointAddress& address, const Options& options) {
  const NetAddress& ip = *address.ip();
  const bool is_udp = address.transport() == Transport::kUdp;
  int fd = socket(ip.family(), is_udp ? SOCK_DGRAM : SOCK_STREAM, 0);
  int on = options.listeners > 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(fd, ip.sockaddr_ptr(), ip.sockaddr_size()) != 0) {
    Fail(address, "bind");
  }
  return fd;
}

void AnswerDatagrams(int fd, const std::string& generation) {
  char request[2048];
  sockaddr_storage from;
  socklen_t from_size = sizeof from;
  ssize_t size;
  while ((size = recvfrom(fd, request, sizeof request, MSG_DONTWAIT,
                          reinterpret_cast<sockaddr*>(&from), &from_size)) >=
         0) {
    const std::string answer =
        "generation " + generation + "\n" + std::string(request, size);
    sendto(fd, answer.data(), answer.size(), 0,
           reinterpret_cast<sockaddr*>(&from), from_size);
    from_size = sizeof from;
  }
}

void AnswerConnection(int fd, const std::string& generation) {
  char request[2048];
  if (recv(fd, request, sizeof request, 0) > 0) {
    const std::string body = "generation " + generation;
    const std::string answer =
        "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  }
  close(fd);
}

void Add(int loop, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  CHECK(epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) == 0);
}

void Serve(const Options& options) {
  int loop = epoll_create1(0);
  // Of the sockets that are bound.
  std::map<int, Transport> bound;
  for (const EndpointAddress& address : options.addresses) {
    for (int i = 0; i < options.listeners; ++i) {
      const bool is_path = address.transport() == Transport::kUnix;
      int fd = is_path ? BindPath(address, options) : BindIp(address, options);
      if (address.transport() != Transport::kUdp && listen(fd, 4096) != 0) {
        Fail(address, "listen");
      }
      fcntl(fd, F_SETFL, O_NONBLOCK);
      bound[fd] = address.transport();
      Add(loop, fd);
      if (is_path) break;
    }
  }
  for (;;) {
    epoll_event events[64];
    int count = epoll_wait(loop, events, 64, -1);
    for (int i = 0; i < count; ++i) {
      int fd = events[i].data.fd;
      auto listener = bound.find(fd);
      if (listener == bound.end()) {
        AnswerConnection(fd, options.generation);
      } else if (listener->second == Transport::kUdp) {
        AnswerDatagrams(fd, options.generation);
      } else {
        int client = accept4(fd, nullptr, nullptr, SOCK_NONBLOCK);
        if (client >= 0) Add(loop, client);
      }
    }
  }
}

}  // namespace
}  // namespace rollout::programs

int main(int count, char** words) {
  signal(SIGTERM, rollout::programs::OnTerm);
  rollout::programs::Serve(rollout::programs::ReadOptions(count, words));
}
