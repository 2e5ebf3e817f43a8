// SPDX-License-Identifier: Apache-2.0
//
// Certificates for tests: signed by themselves, with a fresh key.

#ifndef TESTS_AGENT_CERTIFICATE_MADE_CERTIFICATE_H_
#define TESTS_AGENT_CERTIFICATE_MADE_CERTIFICATE_H_

#include <string>

#include "absl/time/time.h"
#include "agent/certificate/certificate_pair.h"

namespace rollout::certificate {

struct Wanted {
  long serial = 1;
  // As openssl x509v3_config(5) takes them.
  std::string names = "DNS:www.example.com";
  // From now.
  absl::Duration begins = -absl::Hours(1);
  absl::Duration ends = absl::Hours(24 * 90);
};

CertificatePair MakePair(const Wanted& wanted = {});

}  // namespace rollout::certificate

#endif  // TESTS_AGENT_CERTIFICATE_MADE_CERTIFICATE_H_
