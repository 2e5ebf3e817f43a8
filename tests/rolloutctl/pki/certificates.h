// SPDX-License-Identifier: Apache-2.0
//
// Reads certificates back with OpenSSL, apart from the code that made them.

#ifndef TESTS_ROLLOUTCTL_PKI_CERTIFICATES_H_
#define TESTS_ROLLOUTCTL_PKI_CERTIFICATES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "rolloutctl/pki/openssl_pointers.h"

namespace rollout::pki {

// Null when `pem` does not parse.
X509Ptr ParseCertificate(const std::string& pem);
KeyPtr ParseKey(const std::string& pem);

// Verifies `leaf` against `ca` at `now` for `purpose` (X509_PURPOSE_*).
// "ok", or OpenSSL's reason.
std::string Verify(X509* ca, X509* leaf, absl::Time now, int purpose);

// The URIs among the subject's alternative names.
std::vector<std::string> Uris(X509* certificate);

}  // namespace rollout::pki

#endif  // TESTS_ROLLOUTCTL_PKI_CERTIFICATES_H_
