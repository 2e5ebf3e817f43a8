// SPDX-License-Identifier: Apache-2.0
//
// The smallest good manifest, a large one, and ways to spoil them.

#ifndef TESTS_CONTROLLER_MANIFEST_MANIFEST_TEXT_H_
#define TESTS_CONTROLLER_MANIFEST_MANIFEST_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "controller/manifest/manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::manifest {

inline constexpr char kDigest[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// Line 10 is the artifact.
inline constexpr char kSmallest[] = R"(apiVersion: rollout/v1
kind: Plan
metadata:
  name: web
spec:
  hosts:
    matchLabels:
      role: web
  service:
    artifact: {url: "file:///srv/site-1.tar.gz", sha256: DIGEST}
    command: ["/usr/bin/python3", "-m", "http.server"]
    endpoints:
    - name: http
      address: 127.0.0.1:8080
  strategy:
    maxSurge: 1
)";

inline std::string Smallest() {
  return absl::StrReplaceAll(kSmallest, {{"DIGEST", kDigest}});
}

// Of those that go together.
inline constexpr char kEveryKey[] = R"(
apiVersion: rollout/v1
kind: Plan
metadata: {name: api-2}
spec:
  hosts: {matchLabels: {}}
  service:
    artifact: {url: "https://example.com/api?x=.tar", sha256: DIGEST, format: executable}
    command: ["${artifact}", --listen, "${host.address}:8080", "--pid=${generation.dir}/pid", $HOME]
    user: www-data
    group: adm
    directory: ${generation.dir}
    environment: {REGION: "${host.labels.region}", N: 5, EMPTY: ""}
    umask: 0027
    resourceLimits: {nofile: 65536, core: unlimited}
    certificates:
    - {name: site, certificate: /etc/c.pem, key: "/etc/${host.name}.key", names: [www.example.com, 10.0.0.1], reload: {signal: HUP}, endpoint: admin}
    - {name: b, certificate: /b.pem, key: /b.key, names: [b], reload: {command: [/bin/reload, "${certificates.site.key}"]}}
    limits: {memory: 512Mi, cpu: 1.5, pids: 200}
    endpoints:
    - {name: http, address: "${host.address}:8080"}
    - {name: admin, address: "[0:0::1]:9090"}
    handover: activation
    readiness:
      exec: {command: [/usr/bin/curl, "http://${probe.address}/"]}
      period: 500ms
      timeout: 250ms
      successThreshold: 2
      failureThreshold: 5
      endpoint: admin
    liveness:
      grpc: {service: shop}
      initialDelay: 5s
      errorBudget: {failures: 5}
    drain:
      signal: QUIT
      wait: requests
      timeout: 1m30s
      escalate: {signal: TERM, after: 40s}
    startupTimeout: 1m
    handshakeGrace: 0s
  strategy:
    maxSurge: 25%
    maxUnavailable: 2
    maxOverlap: 10
    minReady: 0s
    hostDeadline: 2m
    progressDeadline: 1h
    keepWarm: 0s
    onFailure: pause
    failureTolerance: 5%
    retries: 3
    spread: zone
    steps:
    - {hosts: 1, weight: 0.5%, bake: 2m}
    - {hosts: 1, weight: 50%, approval: required}
    - {hosts: 25%, approval: fourEyes}
  output: {rotate: {size: 1Gi, every: 1h}, keep: 30}
)";

inline std::string EveryKey() {
  return absl::StrReplaceAll(kEveryKey, {{"DIGEST", kDigest}});
}

inline absl::StatusOr<std::vector<ParsedPlan>> Parse(const std::string& text) {
  return ParseManifests({{"web.yaml", text}});
}

// The smallest manifest with `from` replaced by `to`.
inline absl::StatusOr<std::vector<ParsedPlan>> ParseWith(absl::string_view from,
                                                         absl::string_view to) {
  std::string text = Smallest();
  EXPECT_THAT(text, ::testing::HasSubstr(std::string(from)));
  return Parse(absl::StrReplaceAll(text, {{from, to}}));
}

// With `lines` added to the service.
inline absl::StatusOr<std::vector<ParsedPlan>> ParseWithService(
    absl::string_view lines) {
  return ParseWith("  strategy:\n", absl::StrCat(lines, "\n  strategy:\n"));
}

inline std::string ErrorOf(
    const absl::StatusOr<std::vector<ParsedPlan>>& plans) {
  EXPECT_EQ(plans.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(plans.status().message());
}

}  // namespace rollout::manifest

#endif  // TESTS_CONTROLLER_MANIFEST_MANIFEST_TEXT_H_
