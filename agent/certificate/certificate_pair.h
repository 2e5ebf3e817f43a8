// SPDX-License-Identifier: Apache-2.0
//
// A certificate with its key, and what must be true of them before clients see
// them.
//
// Pure but for ReadPair; safe from any thread.

#ifndef AGENT_CERTIFICATE_CERTIFICATE_PAIR_H_
#define AGENT_CERTIFICATE_CERTIFICATE_PAIR_H_

#include <openssl/x509.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file_system.h"

namespace rollout::certificate {

// PEM texts, and where they come from, for errors.
struct CertificatePair {
  std::string certificate;
  std::string key;
  std::string certificate_path;
  std::string key_path;
};

// The same texts.
bool IsSame(const CertificatePair& a, const CertificatePair& b);

struct CertificateFacts {
  // Hexadecimal, as openssl(1) prints it.
  std::string serial;
  // SHA-256 of the whole certificate, in hexadecimal: two with one serial
  // differ in it.
  std::string fingerprint;
  absl::Time expires;
};

CertificateFacts FactsOf(X509* certificate);

// Of the first certificate in a PEM text. InvalidArgument: there is none.
absl::StatusOr<CertificateFacts> FactsOfText(const std::string& path,
                                             const std::string& text);

// As reading fails.
absl::StatusOr<CertificatePair> ReadPair(FileSystem& files,
                                         const std::string& certificate_path,
                                         const std::string& key_path);

// The pair parses, the key is that of the first certificate, which is valid at
// `now` and good for each of `names`, host names or IP addresses. Errors name
// the file, what is wrong and what to do.
absl::StatusOr<CertificateFacts> CheckPair(
    const CertificatePair& pair, const std::vector<std::string>& names,
    absl::Time now);

}  // namespace rollout::certificate

#endif  // AGENT_CERTIFICATE_CERTIFICATE_PAIR_H_
