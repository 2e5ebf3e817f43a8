// SPDX-License-Identifier: Apache-2.0
//
// The smallest good manifest, and ways to spoil it.

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
