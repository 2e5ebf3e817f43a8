// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a manifest: no crash, no endless work, an error with its place
// or plans that can be stored. The entry is libFuzzer's; manifest_fuzz_test.cc
// calls it with damaged manifests in every test run.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "base/check.h"
#include "controller/manifest/manifest.h"
#include "proto/rollout/v1/plan.pb.h"

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
