// SPDX-License-Identifier: Apache-2.0
//
// Thousands of histories of a fleet: the engine, the store's interface, the
// fleet's sessions and the agents' decisions are those of the product; hosts,
// disks, network and time are simulated. A part of them for each shard.
//
//   bazel test //tests/simulation:simulation_test --test_env=ROLLOUT_SEED=7

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/simulation/world.h"

namespace rollout::simulation {
namespace {

constexpr int kSeeds = 2000;
constexpr int kMostHosts = 50;

int FromEnvironment(const char* name, int fallback) {
  const char* text = std::getenv(name);
  int value = fallback;
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) return fallback;
  return value;
}

void ExpectHolds(uint32_t seed) {
  World world(seed, kMostHosts);
  const auto violation = world.Run();
  if (!violation.has_value()) return;
  ADD_FAILURE() << "seed " << seed << ": " << violation->invariant << ": "
                << violation->what << "\n"
                << world.Describe();
}

TEST(Simulation, InvariantsHoldInEveryHistory) {
  const int seed = FromEnvironment("ROLLOUT_SEED", 0);
  if (seed > 0) return ExpectHolds(seed);
  const int seeds = FromEnvironment("ROLLOUT_SEEDS", kSeeds);
  const int shards = FromEnvironment("TEST_TOTAL_SHARDS", 1);
  const int shard = FromEnvironment("TEST_SHARD_INDEX", 0);
  for (int i = 1 + shard; i <= seeds && !::testing::Test::HasFailure();
       i += shards) {
    ExpectHolds(i);
  }
}

}  // namespace
}  // namespace rollout::simulation

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  // What the product logs of thousands of broken streams nobody reads; of one
  // history somebody does.
  if (std::getenv("ROLLOUT_SEED") == nullptr) {
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
  }
  return RUN_ALL_TESTS();
}
