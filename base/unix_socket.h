// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets at paths of any length: sockaddr_un holds 107 bytes, state
// directories may be deeper.

#ifndef BASE_UNIX_SOCKET_H_
#define BASE_UNIX_SOCKET_H_

#include <string>

#include "absl/status/status.h"

namespace rollout {

// bind(2) and connect(2) by path. `socket` stays the caller's. Errors carry the
// path; codes are those of absl::ErrnoToStatus, but NotFound from connect also
// means that nobody listens at the file that is there. The file gets mode 0600.
absl::Status BindUnixSocket(int socket, const std::string& path);
absl::Status ConnectUnixSocket(int socket, const std::string& path);

}  // namespace rollout

#endif  // BASE_UNIX_SOCKET_H_
