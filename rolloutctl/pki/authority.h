// SPDX-License-Identifier: Apache-2.0
//
// A certificate authority of the fleet's own: one key that vouches for the
// controller, the hosts and the operators. In memory; pki_directory.h keeps it
// on disk.

#ifndef ROLLOUTCTL_PKI_AUTHORITY_H_
#define ROLLOUTCTL_PKI_AUTHORITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rolloutctl/pki/openssl_pointers.h"
#include "rolloutctl/pki/subject.h"

namespace rollout::pki {

// How long the authority's own certificate is valid.
constexpr absl::Duration kAuthorityValidity = absl::Hours(24 * 3652);

// A certificate and its private key, both PEM.
struct KeyPair {
  std::string certificate;
  std::string key;
  // End of the certificate's validity.
  absl::Time not_after;
};

// Keys are ECDSA P-256, signatures SHA-256, serial numbers random. A
// certificate begins five minutes before `now`, for hosts whose clock is a
// little behind. Internal: OpenSSL failed. Movable; const methods are safe
// from any thread.
class Authority {
 public:
  // A new authority, valid from `now` for kAuthorityValidity.
  static absl::StatusOr<Authority> Create(absl::Time now);

  // From PEM. InvalidArgument: one does not parse, it is not an authority's,
  // or the key is not the certificate's.
  static absl::StatusOr<Authority> FromPem(absl::string_view certificate,
                                           absl::string_view key);

  // The authority's own pair.
  absl::StatusOr<KeyPair> Own() const;

  // A new key and a certificate for it, good for both ends of a connection,
  // valid until `now` + `valid` but never longer than the authority.
  // FailedPrecondition: the authority has expired. InvalidArgument: `valid` is
  // not positive.
  absl::StatusOr<KeyPair> Issue(const Subject& subject, absl::Time now,
                                absl::Duration valid) const;

 private:
  Authority(X509Ptr certificate, KeyPtr key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}

  X509Ptr certificate_;
  KeyPtr key_;
};

}  // namespace rollout::pki

#endif  // ROLLOUTCTL_PKI_AUTHORITY_H_
