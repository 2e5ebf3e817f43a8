// SPDX-License-Identifier: Apache-2.0
//
// Who may call what, by the certificate of the caller. On a plaintext
// connection, which loopback alone has, everybody is believed.

#ifndef CONTROLLER_API_AUTHORIZATION_H_
#define CONTROLLER_API_AUTHORIZATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"

namespace rollout::api {

// The operator's name, "loopback" without a certificate. PermissionDenied: the
// certificate is another kind's. Unauthenticated: it is nobody's.
absl::StatusOr<std::string> AuthorizeOperator(
    const grpc::ServerContextBase& context);

// The same for the record: of who is no operator, "host web-1"; empty: nobody.
std::string CallerOf(const grpc::ServerContextBase& context);

// That the caller is the host it says. Errors as above.
absl::Status AuthorizeHost(const grpc::ServerContextBase& context,
                           absl::string_view host);

}  // namespace rollout::api

#endif  // CONTROLLER_API_AUTHORIZATION_H_
