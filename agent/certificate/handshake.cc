// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "agent/probe/marked_socket.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::certificate {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

// Takes the place of verifying: whoever has issued it, we only look.
int KeepFacts(X509_STORE_CTX* chain, void* shown) {
  auto& facts = *static_cast<std::optional<CertificateFacts>*>(shown);
  if (X509* first = X509_STORE_CTX_get0_cert(chain)) facts = FactsOf(first);
  return 1;
}

absl::Status Wait(int socket, short events, absl::Time deadline,
                  int cancel_fd) {
  const absl::Duration left = deadline - absl::Now();
  if (left <= absl::ZeroDuration()) {
    return absl::DeadlineExceededError("no answer to the TLS handshake");
  }
  pollfd waits[] = {{socket, events, 0}, {cancel_fd, POLLIN, 0}};
  poll(waits, 2, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  if (waits[1].revents != 0) return absl::CancelledError("not asked any more");
  return absl::OkStatus();
}

std::string LastError() {
  char text[256] = "the connection ended";
  const unsigned long error = ERR_peek_last_error();
  if (error != 0) ERR_error_string_n(error, text, sizeof text);
  ERR_clear_error();
  return text;
}

}  // namespace

absl::StatusOr<CertificateFacts> AskForCertificate(
    const HandshakeTarget& target, absl::Duration timeout, int cancel_fd) {
  const absl::Time deadline = absl::Now() + timeout;
  ASSIGN_OR_RETURN(UniqueFd socket, probe::Connect(target.address, target.mark,
                                                   timeout, cancel_fd));
  std::optional<CertificateFacts> shown;
  std::unique_ptr<SSL_CTX, FreeContext> context(
      SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_cert_verify_callback(context.get(), KeepFacts, &shown);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  std::unique_ptr<SSL, FreeSession> session(SSL_new(context.get()));
  SSL_set_fd(session.get(), socket.get());
  if (!target.server_name.empty()) {
    SSL_set_tlsext_host_name(session.get(), target.server_name.c_str());
  }
  for (;;) {
    const int done = SSL_connect(session.get());
    if (done == 1) break;
    const int error = SSL_get_error(session.get(), done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      // It wants one of ours, say.
      if (shown.has_value()) break;
      return absl::UnavailableError(absl::StrCat("no TLS handshake with ",
                                                 target.address.ToString(),
                                                 ": ", LastError()));
    }
    RETURN_IF_ERROR(Wait(socket.get(),
                         error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT,
                         deadline, cancel_fd));
  }
  ERR_clear_error();
  // In order, so that no server logs an error.
  if (SSL_is_init_finished(session.get())) SSL_shutdown(session.get());
  if (shown.has_value()) return *shown;
  return absl::UnavailableError("it shows no certificate");
}

}  // namespace rollout::certificate
