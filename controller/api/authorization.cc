// SPDX-License-Identifier: Apache-2.0

#include "controller/api/authorization.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/grpc_credentials.h"
#include "base/status_macros.h"
#include "base/tls_identity.h"

namespace rollout::api {

absl::StatusOr<std::string> AuthorizeOperator(
    const grpc::ServerContextBase& context) {
  ASSIGN_OR_RETURN(GrpcPeer peer, PeerOf(context));
  if (!peer.authenticated) return std::string("loopback");
  if (peer.identity.kind != "operator") {
    return absl::PermissionDeniedError(absl::StrCat(
        "the certificate names ", ToString(peer.identity),
        ", and this call is for operators: use one issued with \"rolloutctl "
        "pki issue operator NAME\""));
  }
  return peer.identity.name;
}

std::string CallerOf(const grpc::ServerContextBase& context) {
  auto user = AuthorizeOperator(context);
  if (user.ok()) return *std::move(user);
  auto peer = PeerOf(context);
  return peer.ok() ? ToString(peer->identity) : "";
}

absl::Status AuthorizeHost(const grpc::ServerContextBase& context,
                           absl::string_view host) {
  ASSIGN_OR_RETURN(GrpcPeer peer, PeerOf(context));
  if (!peer.authenticated) return absl::OkStatus();
  if (peer.identity.kind == "host" && peer.identity.name == host) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat(
      "the certificate names ", ToString(peer.identity),
      ", the session claims to be host ", host,
      ": set the agent's name to that of its certificate, or issue one with "
      "\"rolloutctl pki issue host ",
      host, "\""));
}

}  // namespace rollout::api
