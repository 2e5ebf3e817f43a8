// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/weights.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

TEST(Weights, AreAllOrNone) {
  struct Case {
    const char* name;
    std::vector<std::pair<uint64_t, uint32_t>> weights;
    bool ok;
  };
  const Case kCases[] = {
      {"none", {}, true},
      {"one", {{1, 1000}}, true},
      {"shares", {{1, 250}, {2, 750}, {3, 0}}, true},
      {"too little", {{1, 999}}, false},
      {"too much", {{1, 1000}, {2, 1}}, false},
      {"nothing for anybody", {{1, 0}}, false},
      {"more than all", {{1, 1001}}, false},
      {"a sum that wraps", {{1, ~0u}, {2, 1001}}, false},
      {"named twice", {{1, 500}, {1, 500}}, false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    v1::SetWeightsRequest request;
    for (const auto& [generation, permille] : c.weights) {
      v1::Weight& weight = *request.add_weights();
      weight.set_generation(generation);
      weight.set_permille(permille);
    }
    auto weights = ReadWeights(request);
    EXPECT_EQ(weights.ok(), c.ok) << weights.status();
    if (c.ok) {
      EXPECT_EQ(*weights, (std::map<uint64_t, uint32_t>(c.weights.begin(),
                                                        c.weights.end())));
    } else {
      EXPECT_TRUE(absl::IsInvalidArgument(weights.status()));
    }
  }
}

}  // namespace
}  // namespace rollout::shim
