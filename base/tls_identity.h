// SPDX-License-Identifier: Apache-2.0
//
// Who a certificate speaks for: one URI in its subject alternative names,
// rollout://KIND/NAME. Pure values, safe from any thread.

#ifndef BASE_TLS_IDENTITY_H_
#define BASE_TLS_IDENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout {

struct TlsIdentity {
  // "controller", "host" or "operator".
  std::string kind;
  // 1 to 253 of a-z, A-Z, 0-9, '-', '_', '.', '@'.
  std::string name;

  bool operator==(const TlsIdentity& other) const {
    return kind == other.kind && name == other.name;
  }
};

// InvalidArgument: `uri` is not one of ours, and why.
absl::StatusOr<TlsIdentity> ParseTlsIdentity(absl::string_view uri);

// "rollout://host/web-1".
std::string ToUri(const TlsIdentity& identity);

// "host web-1", for messages.
std::string ToString(const TlsIdentity& identity);

}  // namespace rollout

#endif  // BASE_TLS_IDENTITY_H_
