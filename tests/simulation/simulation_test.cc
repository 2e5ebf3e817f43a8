// SPDX-License-Identifier: Apache-2.0
//
// Thousands of histories of a fleet: the engine, the store's interface, the
// fleet's sessions and the agents' decisions are those of the product; hosts,
// disks, network and time are simulated. A part of them for each shard.
//
// tests/simulation/run explores others, and lets one happen again.
//
// With a fault in it (planted_fault.bzl) one of the histories has to show it.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/simulation/world.h"

namespace rollout::simulation {
namespace {

constexpr int kSeeds = 2000;
constexpr int kMostHosts = 50;
constexpr int kParts = 2;

bool IsAsked(const char* name) { return std::getenv(name) != nullptr; }

int FromEnvironment(const char* name, int fallback) {
  const char* text = std::getenv(name);
  int value = fallback;
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) return fallback;
  return value;
}

// Some history breaks the invariant; those before break none of the others.
void ExpectFinds(const std::string& invariant) {
  const int first = FromEnvironment("ROLLOUT_FIRST", 1);
  for (int seed = first; seed < first + kSeeds; ++seed) {
    World world(seed, kMostHosts);
    const auto violation = world.Run();
    if (!violation.has_value()) continue;
    EXPECT_EQ(violation->invariant, invariant)
        << "seed " << seed << ": " << violation->what << "\n"
        << world.Describe();
    ::testing::Test::RecordProperty("seed", seed);
    return;
  }
  ADD_FAILURE() << kSeeds << " histories, and " << invariant << " holds";
}

void ExpectHolds(uint32_t seed) {
  World world(seed, kMostHosts);
  const auto violation = world.Run();
  if (!violation.has_value()) return;
  ADD_FAILURE() << "seed " << seed << ": " << violation->invariant << ": "
                << violation->what << "\n"
                << world.Describe();
}

// Those that somebody asks for.
void Explore() {
  const int seed = FromEnvironment("ROLLOUT_SEED", 0);
  if (seed > 0) return ExpectHolds(seed);
  const SystemClock clock;
  const absl::Duration end =
      clock.Uptime() + absl::Minutes(FromEnvironment("ROLLOUT_MINUTES", 1));
  const int first = FromEnvironment(
      "ROLLOUT_FIRST",
      static_cast<int>(absl::ToUnixSeconds(clock.Now()) % 1000000000));
  int next = first;
  while (clock.Uptime() < end && !::testing::Test::HasFailure()) {
    ExpectHolds(next++);
  }
  std::cout << next - first << " histories from seed " << first << " on\n";
}

// A part of the seeds each, side by side.
class Simulation : public ::testing::TestWithParam<int> {};

TEST_P(Simulation, InvariantsHoldInEveryHistory) {
  if (const char* planted = std::getenv("ROLLOUT_PLANTED")) {
    if (GetParam() == 0) ExpectFinds(planted);
    return;
  }
  if (IsAsked("ROLLOUT_SEED") || IsAsked("ROLLOUT_MINUTES")) {
    if (GetParam() == 0) Explore();
    return;
  }
  for (int i = 1 + GetParam(); i <= kSeeds && !HasFailure(); i += kParts) {
    ExpectHolds(i);
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, Simulation, ::testing::Range(0, kParts));

}  // namespace
}  // namespace rollout::simulation

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  // What the product logs of thousands of broken streams nobody reads; of one
  // history somebody does.
  if (!rollout::simulation::IsAsked("ROLLOUT_SEED")) {
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
  }
  return RUN_ALL_TESTS();
}
