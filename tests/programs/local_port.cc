// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/local_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/unique_fd.h"

namespace rollout::programs {
namespace {

sockaddr_in Address(const std::string& address, int port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  CHECK(inet_pton(AF_INET, address.c_str(), &in.sin_addr) == 1);
  return in;
}

}  // namespace

int FreePort() {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in in = Address("127.0.0.1", 0);
  socklen_t size = sizeof in;
  auto* address = reinterpret_cast<sockaddr*>(&in);
  CHECK(bind(fd.get(), address, size) == 0);
  CHECK(getsockname(fd.get(), address, &size) == 0);
  return ntohs(in.sin_port);
}

bool Listens(const std::string& address, int port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in in = Address(address, port);
  return connect(fd.get(), reinterpret_cast<sockaddr*>(&in), sizeof in) == 0;
}

}  // namespace rollout::programs
