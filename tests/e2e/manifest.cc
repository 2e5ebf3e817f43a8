// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/manifest.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"

namespace rollout::e2e {
namespace {

constexpr char kManifest[] = R"(apiVersion: rollout/v1
kind: Plan
metadata: {name: $0}
spec:
  hosts: {matchLabels: {role: web}}
  service:
    artifact: {url: "$1", sha256: "$2"}
    command: [$3]
    endpoints: [{name: http, address: "$${host.address}:$4"}]
    handover: $5
$9    readiness:
      $6
      period: 50ms
      timeout: 2s
    drain: {signal: $7, wait: $8, timeout: 20s}
)";

constexpr char kLiveness[] = R"(    liveness:
      http: {path: $0}
      period: 50ms
      initialDelay: 100ms
)";

constexpr char kStrategy[] = R"(    startupTimeout: $0
  strategy:
    maxSurge: 1
    maxUnavailable: $1
    minReady: $2
    hostDeadline: $3
    progressDeadline: $4
    keepWarm: $5
)";

constexpr char kSteps[] = R"(    steps: $0
)";

}  // namespace

std::string Manifest(const ManifestFields& fields) {
  const programs::Version& version = fields.version;
  std::string command = absl::StrJoin(
      version.command, ", ", [](std::string* out, const std::string& word) {
        absl::StrAppend(out, "\"", word, "\"");
      });
  std::string readiness = version.readiness;
  if (readiness.empty()) {
    readiness = absl::Substitute("http: {path: $0}", fields.ready);
  }
  return absl::StrCat(
      absl::Substitute(kManifest, fields.plan, version.artifact_url,
                       version.sha256, command, fields.port, version.handover,
                       readiness, version.signal, fields.drain_wait,
                       version.settings),
      fields.alive.empty() ? "" : absl::Substitute(kLiveness, fields.alive),
      absl::Substitute(kStrategy, absl::FormatDuration(fields.startup_timeout),
                       // Its host is out of service in between.
                       version.handover == "exclusive" ? 1 : 0,
                       absl::FormatDuration(fields.min_ready),
                       absl::FormatDuration(fields.host_deadline),
                       absl::FormatDuration(2 * fields.host_deadline),
                       absl::FormatDuration(fields.keep_warm)),
      fields.steps.empty() ? "" : absl::Substitute(kSteps, fields.steps));
}

}  // namespace rollout::e2e
