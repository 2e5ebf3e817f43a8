// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/held_artifact.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/sha256.h"
#include "tests/e2e/service_process.h"

namespace rollout::e2e {

HeldArtifact::HeldArtifact(std::string content)
    : content_(std::move(content)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(bind(listener_.get(), generic, size) == 0);
  CHECK(listen(listener_.get(), 16) == 0);
  CHECK(getsockname(listener_.get(), generic, &size) == 0);
  url_ = absl::StrCat("http://127.0.0.1:", ntohs(address.sin_port), "/program");
}

HeldArtifact::~HeldArtifact() {
  // Ends the accept; closing it alone would not.
  shutdown(listener_.get(), SHUT_RDWR);
  if (server_.joinable()) server_.join();
}

std::string HeldArtifact::sha256() const { return Sha256Of(content_); }

bool HeldArtifact::Asked() const { return Queued(listener_.get()) > 0; }

void HeldArtifact::Release() {
  server_ = std::thread([this] { Serve(); });
}

void HeldArtifact::Serve() const {
  for (;;) {
    UniqueFd connection(accept(listener_.get(), nullptr, nullptr));
    if (!connection.valid()) return;
    char request[4096];
    if (recv(connection.get(), request, sizeof request, 0) <= 0) continue;
    const std::string answer =
        absl::StrCat("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ",
                     content_.size(), "\r\n\r\n", content_);
    (void)send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }
}

}  // namespace rollout::e2e
