// SPDX-License-Identifier: Apache-2.0
//
// How our programs secure gRPC: mutual TLS always, or plaintext where the user
// said so and the address is a loopback one. Changed files are taken up by new
// connections within seconds; the old ones live on.
//
// Safe from any thread.

#ifndef BASE_GRPC_CREDENTIALS_H_
#define BASE_GRPC_CREDENTIALS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/tls_identity.h"
#include "base/transport_security.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_context.h"

namespace rollout {

// Credentials for a server that listens on `address` ("HOST:PORT"). The peer
// must show a certificate of `tls.ca`.
//
// InvalidArgument: no files and no plaintext, both, or plaintext on an address
// that is not loopback. Else as CheckTlsFiles.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TransportSecurity& security, absl::string_view address);

// Credentials for a client that dials the controller at `address`. The peer's
// certificate must be a controller's and name the address. Errors as above.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>>
MakeChannelCredentials(const TransportSecurity& security,
                       absl::string_view address);

// Who is at the other end of a call, by its certificate.
struct GrpcPeer {
  // False: a plaintext connection, which says nothing about who it is.
  bool authenticated = false;
  TlsIdentity identity;
};

// Unauthenticated: the certificate names no identity of ours, or several.
absl::StatusOr<GrpcPeer> PeerOf(const grpc::ServerContextBase& context);

}  // namespace rollout

#endif  // BASE_GRPC_CREDENTIALS_H_
