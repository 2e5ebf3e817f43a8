// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a manifest: no crash, no endless work, an error with its place
// or plans that can be stored.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "controller/manifest/manifest.h"
#include "proto/rollout/v1/plan.pb.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ::rollout::manifest::ParseManifests;
  std::string text(reinterpret_cast<const char*>(data), size);
  auto plans = ParseManifests({{"f", text}});
  if (!plans.ok()) {
    CHECK(plans.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(absl::StartsWith(plans.status().message(), "f:"));
    return 0;
  }
  CHECK(!plans->empty());
  for (const auto& plan : *plans) {
    rollout::v1::PlanSpec stored;
    CHECK(stored.ParseFromString(plan.spec.SerializeAsString()));
    CHECK(!plan.name.empty() && plan.name.size() <= 63);
    CHECK(stored.service().artifact().sha256().size() == 64);
    CHECK(stored.service().command_size() > 0);
    CHECK(stored.service().endpoints_size() > 0);
  }
  return 0;
}

namespace rollout::fuzz {
namespace {

constexpr char kManifest[] = R"(apiVersion: rollout/v1
kind: Plan
metadata: {name: web}
spec:
  hosts: {matchLabels: {role: web}}
  service:
    artifact:
      url: "file:///srv/site-1.tar.gz"
      sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    command: ["${artifact}/run", "--listen", "${host.address}:8080"]
    user: www-data
    environment: {A: "${host.labels.zone}", B: 'x'}
    umask: "022"
    resourceLimits: {nofile: 65536, core: unlimited}
    endpoints:
    - name: http
      address: "${host.address}:8080"
    - {name: admin, address: "[::1]:9090"}
    readiness: {exec: {command: [/bin/x, "${probe.address}"]}, period: 1s}
    drain: {signal: QUIT, timeout: 1m30s}
  strategy: {maxSurge: 25%, maxUnavailable: 0, minReady: 1s}
)";

constexpr char kSource[] = R"(---
apiVersion: rollout/v1
kind: Source
metadata: {name: prod}
spec: {selfHeal: true, prune: false}
)";

}  // namespace

const Target& GetTarget() {
  // Tokens: what YAML and our own syntax give a meaning to.
  static const auto* const target =
      new Target{{{"a plan", kManifest},
                  {"a plan and a source", absl::StrCat(kManifest, kSource)}},
                 {"\n",
                  "\n  ",
                  "---\n",
                  ": ",
                  "- ",
                  "[",
                  "]",
                  "{",
                  "}",
                  "\"",
                  "'",
                  "&a ",
                  "*a",
                  "!!x ",
                  "|\n",
                  "> ",
                  "#",
                  "${",
                  "}",
                  "%",
                  "\t",
                  "\\0",
                  "\xff",
                  "? ",
                  "<<: ",
                  "~",
                  "0",
                  "-1",
                  "99999999999999999999",
                  "inf"},
                 20'000};
  return *target;
}

}  // namespace rollout::fuzz
