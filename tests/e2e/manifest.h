// SPDX-License-Identifier: Apache-2.0
//
// Writes the manifests of the tests: what differs is a field here, the rest
// stands in the text.

#ifndef TESTS_E2E_MANIFEST_H_
#define TESTS_E2E_MANIFEST_H_

#include <string>

#include "absl/time/time.h"
#include "tests/programs/program.h"

namespace rollout::e2e {

struct ManifestFields {
  std::string plan = "web";
  // What to run, on this port of each host's address.
  programs::Version version;
  int port = 0;
  // Path of the readiness probe, where the version has none of its own.
  std::string ready = "/ready";
  // Path of the liveness probe; empty: none.
  std::string alive;
  // What is waited for before the drain signal.
  std::string drain_wait = "connections";
  // Longer than any test keeps a generation from being ready, on any machine.
  absl::Duration startup_timeout = absl::Seconds(50);
  absl::Duration min_ready = absl::ZeroDuration();
  // Half of the rollout's own without progress.
  absl::Duration host_deadline = absl::Minutes(1);
  absl::Duration keep_warm = absl::Minutes(1);
  // "[{hosts: 1, weight: 5%}]"; empty: none.
  std::string steps;
};

// A plan for every host with the label role=web, one host at a time.
std::string Manifest(const ManifestFields& fields);

}  // namespace rollout::e2e

#endif  // TESTS_E2E_MANIFEST_H_
