// SPDX-License-Identifier: Apache-2.0
//
// Whom a certificate names: "rollout://host/web-1", and for a controller also
// the addresses it is dialled at.
//
// Pure values and functions, safe from any thread.

#ifndef ROLLOUTCTL_PKI_SUBJECT_H_
#define ROLLOUTCTL_PKI_SUBJECT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout::pki {

// What the holder of a certificate may be.
enum class Role { kController, kHost, kOperator };

// "controller", "host" or "operator". InvalidArgument: anything else.
absl::StatusOr<Role> ParseRole(absl::string_view text);

absl::string_view RoleName(Role role);

// A checked subject: its parts hold only characters that mean nothing to
// OpenSSL's syntax, to a URI or to a path.
class Subject {
 public:
  // `name`: 1 to 63 letters, digits, '.', '_', '-' and '@', the first a letter
  // or a digit; not "ca", which names the authority's own files. `addresses`:
  // names or IP addresses without a port, for a controller only.
  // InvalidArgument: one of these does not hold.
  static absl::StatusOr<Subject> Make(
      Role role, absl::string_view name,
      const std::vector<std::string>& addresses);

  const std::string& name() const { return name_; }

  // "rollout://host/web-1".
  std::string Uri() const;

  // The value of the subjectAltName extension in OpenSSL's syntax:
  // "URI:rollout://host/web-1". A controller's always holds localhost, so that
  // rolloutctl beside it needs no address.
  std::string AlternativeNames() const;

 private:
  Subject(Role role, std::string name, std::vector<std::string> addresses);

  Role role_;
  std::string name_;
  std::vector<std::string> addresses_;
};

}  // namespace rollout::pki

#endif  // ROLLOUTCTL_PKI_SUBJECT_H_
