// SPDX-License-Identifier: Apache-2.0
//
// A port of loopback where nobody listens, and nobody else can.

#ifndef TESTS_CONTROLLER_GITOPS_DEAD_PORT_H_
#define TESTS_CONTROLLER_GITOPS_DEAD_PORT_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/unique_fd.h"

namespace rollout::gitops {

class DeadPort {
 public:
  DeadPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    CHECK(bind(socket_.get(), any, size) == 0);
    CHECK(getsockname(socket_.get(), any, &size) == 0);
    port_ = ntohs(address.sin_port);
  }

  std::string Url(const std::string& path) const {
    return absl::StrCat("http://127.0.0.1:", port_, path);
  }

 private:
  UniqueFd socket_;
  int port_ = 0;
};

}  // namespace rollout::gitops

#endif  // TESTS_CONTROLLER_GITOPS_DEAD_PORT_H_
