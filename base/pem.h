// SPDX-License-Identifier: Apache-2.0
//
// Certificates and keys in PEM, as OpenSSL's objects, with errors that name the
// file.
//
// Pure functions, safe from any thread.

#ifndef BASE_PEM_H_
#define BASE_PEM_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rollout {

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

// `path` names `text` in errors. All that are in it, at least one.
// InvalidArgument: there is none, or one is damaged.
absl::StatusOr<std::vector<Certificate>> ParseCertificates(
    const std::string& path, const std::string& text);

// InvalidArgument: there is none, or it is encrypted.
absl::StatusOr<Key> ParseKey(const std::string& path, const std::string& text);

// InvalidArgument: `key`, of `key_path`, is not that of `certificate`.
absl::Status CheckKey(const std::string& key_path, EVP_PKEY* key,
                      const std::string& certificate_path, X509* certificate);

// FailedPrecondition, with the date and the remedy ("issue a new one"): it has
// expired, or is not valid yet.
absl::Status CheckDates(const std::string& path, X509* certificate,
                        absl::string_view remedy, absl::Time now);

// A date of a certificate; one that can't be read is long past.
absl::Time ToTime(const ASN1_TIME* time);

}  // namespace rollout

#endif  // BASE_PEM_H_
