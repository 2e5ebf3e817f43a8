// SPDX-License-Identifier: Apache-2.0

#include "base/tls_identity.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rollout {
namespace {

bool IsKind(absl::string_view kind) {
  return kind == "controller" || kind == "host" || kind == "operator";
}

bool IsName(absl::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (char c : name) {
    if (!absl::ascii_isalnum(c) && !absl::StrContains("-_.@", c)) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<TlsIdentity> ParseTlsIdentity(absl::string_view uri) {
  absl::string_view rest = uri;
  if (absl::ConsumePrefix(&rest, "rollout://")) {
    std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(rest, absl::MaxSplits('/', 1));
    if (IsKind(parts.first) && IsName(parts.second)) {
      return TlsIdentity{std::string(parts.first), std::string(parts.second)};
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", uri,
                   "\" is not an identity: expected rollout://KIND/NAME with "
                   "controller, host or operator for KIND"));
}

std::string ToUri(const TlsIdentity& identity) {
  return absl::StrCat("rollout://", identity.kind, "/", identity.name);
}

std::string ToString(const TlsIdentity& identity) {
  return absl::StrCat(identity.kind, " ", identity.name);
}

}  // namespace rollout
