// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/shim/endpoint_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollout::shim {
namespace {

std::string Error(const char* what) {
  return absl::StrCat("error: ", what, ": ", std::strerror(errno));
}

UniqueFd MakeSocket(const EndpointAddress& address) {
  const int type =
      address.transport() == Transport::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  const int family = address.ip() ? address.ip()->family() : AF_UNIX;
  return UniqueFd(socket(family, type | SOCK_CLOEXEC, 0));
}

// Reads until the end, or one datagram.
std::string Receive(int socket, bool is_datagram) {
  std::string answer;
  char buffer[4096];
  ssize_t size;
  while ((size = recv(socket, buffer, sizeof buffer, 0)) > 0) {
    answer.append(buffer, size);
    if (is_datagram) return answer;
  }
  return size < 0 ? Error("recv") : answer;
}

}  // namespace

EndpointAddress AddressOf(const std::string& text) {
  auto address = EndpointAddress::Parse(text);
  CHECK(address.ok());
  return *address;
}

UniqueFd Connect(const EndpointAddress& address, uint32_t mark) {
  UniqueFd socket = MakeSocket(address);
  timeval limit{10, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (mark != 0) {
    CHECK(setsockopt(socket.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark) ==
          0);
  }
  int result;
  if (address.ip()) {
    result = connect(socket.get(), address.ip()->sockaddr_ptr(),
                     address.ip()->sockaddr_size());
  } else {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, address.path().c_str(),
                 sizeof name.sun_path - 1);
    result =
        connect(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name);
  }
  return result == 0 ? std::move(socket) : UniqueFd();
}

std::string Ask(const EndpointAddress& address, uint32_t mark) {
  UniqueFd socket = Connect(address, mark);
  if (!socket.valid()) return Error("connect");
  const std::string request = "GET / HTTP/1.0\r\n\r\n";
  if (send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return Error("send");
  }
  const bool is_datagram = address.transport() == Transport::kUdp;
  const std::string answer = Receive(socket.get(), is_datagram);
  if (absl::StartsWith(answer, "error: ")) return answer;
  if (is_datagram) {
    const size_t line = answer.find('\n');
    if (line == std::string::npos || answer.substr(line + 1) != request) {
      return "error: an answer to something else";
    }
    return answer.substr(0, line);
  }
  const size_t body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "error: short answer"
                                   : answer.substr(body + 4);
}

std::map<std::string, int> AskOften(
    const std::vector<EndpointAddress>& addresses, int count, uint32_t mark) {
  std::map<std::string, int> answers;
  for (int i = 0; i < count; ++i) {
    ++answers[Ask(addresses[i % addresses.size()], mark)];
  }
  return answers;
}

}  // namespace rollout::shim
