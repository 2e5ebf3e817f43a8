// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/certificate/tls_load.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::certificate {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

std::string TlsError(const char* what) {
  char text[256] = "ended";
  const unsigned long error = ERR_get_error();
  if (error != 0) ERR_error_string_n(error, text, sizeof text);
  ERR_clear_error();
  return absl::StrCat("error: ", what, ": ", text, ", ", std::strerror(errno));
}

}  // namespace

std::string GetOverTls(int port) {
  errno = 0;
  auto address = NetAddress::Parse(absl::StrCat("127.0.0.1:", port));
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  timeval limit{10, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(socket.get(), address->sockaddr_ptr(),
              address->sockaddr_size()) != 0) {
    return absl::StrCat("error: connect: ", std::strerror(errno));
  }
  std::unique_ptr<SSL_CTX, FreeContext> context(
      SSL_CTX_new(TLS_client_method()));
  std::unique_ptr<SSL, FreeSession> session(SSL_new(context.get()));
  SSL_set_fd(session.get(), socket.get());
  if (SSL_connect(session.get()) != 1) return TlsError("handshake");
  constexpr char kRequest[] = "GET / HTTP/1.0\r\n\r\n";
  if (SSL_write(session.get(), kRequest, sizeof kRequest - 1) <= 0) {
    return TlsError("request");
  }
  std::string answer;
  char buffer[4096];
  int size;
  while ((size = SSL_read(session.get(), buffer, sizeof buffer)) > 0) {
    answer.append(buffer, size);
  }
  if (SSL_get_error(session.get(), size) != SSL_ERROR_ZERO_RETURN) {
    return TlsError("answer");
  }
  return answer.substr(0, answer.find('\r'));
}

TlsLoad::TlsLoad(int port, int clients) {
  for (int i = 0; i < clients; ++i) {
    threads_.emplace_back([this, port] { Run(port); });
  }
}

void TlsLoad::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::vector<std::string> TlsLoad::failures() {
  MutexLock lock(&mutex_);
  return failures_;
}

void TlsLoad::Run(int port) {
  while (!stop_) {
    std::string answer = GetOverTls(port);
    if (absl::StrContains(answer, " 200 ")) {
      ++good_;
      continue;
    }
    MutexLock lock(&mutex_);
    failures_.push_back(std::move(answer));
  }
}

}  // namespace rollout::certificate
