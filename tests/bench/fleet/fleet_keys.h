// SPDX-License-Identifier: Apache-2.0
//
// The certificates of a fleet of any size: an authority, and what it issues.

#ifndef TESTS_BENCH_FLEET_FLEET_KEYS_H_
#define TESTS_BENCH_FLEET_FLEET_KEYS_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/tls_files.h"
#include "rolloutctl/pki/authority.h"

namespace rollout::bench {

// Const methods are safe from any thread.
class FleetKeys {
 public:
  // Writes controller.* and operator.*, each a .crt and a .key, and ca.crt into
  // `directory`. The controller is dialled at 127.0.0.1.
  static absl::StatusOr<FleetKeys> Make(const std::string& directory);

  TlsFiles FilesOf(const std::string& name) const;

  // PEM.
  const std::string& authority() const { return own_certificate_; }
  absl::StatusOr<pki::KeyPair> IssueHost(const std::string& name) const;

 private:
  FleetKeys(pki::Authority authority, std::string own_certificate,
            std::string directory)
      : authority_(std::move(authority)),
        own_certificate_(std::move(own_certificate)),
        directory_(std::move(directory)) {}

  absl::Status Write(pki::Role role, const std::string& name) const;

  pki::Authority authority_;
  std::string own_certificate_;
  std::string directory_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_FLEET_KEYS_H_
