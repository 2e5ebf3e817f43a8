// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/weights.h"

#include "absl/strings/str_cat.h"

namespace rollout::shim {
namespace {

constexpr uint32_t kAll = 1000;

}  // namespace

absl::StatusOr<std::map<uint64_t, uint32_t>> ReadWeights(
    const v1::SetWeightsRequest& request) {
  std::map<uint64_t, uint32_t> weights;
  uint64_t sum = 0;
  for (const v1::Weight& weight : request.weights()) {
    if (weight.permille() > kAll ||
        !weights.emplace(weight.generation(), weight.permille()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("weights: generation ", weight.generation(),
                       " is named twice or has more than 1000"));
    }
    sum += weight.permille();
  }
  if (!weights.empty() && sum != kAll) {
    return absl::InvalidArgumentError(
        absl::StrCat("weights: they add up to ", sum, ", not to 1000"));
  }
  return weights;
}

}  // namespace rollout::shim
