// SPDX-License-Identifier: Apache-2.0
//
// Servers that nobody here wrote, each swapped twenty times under load.

#include <iostream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/continuity.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/manifest.h"
#include "tests/load/connection_load.h"
#include "tests/load/protocol.h"
#include "tests/programs/program.h"

namespace rollout::e2e {
namespace {

using ::testing::IsEmpty;

constexpr int kClients = 16;
constexpr absl::Duration kMinReady = absl::Milliseconds(300);
constexpr absl::Duration kRolloutLimit = absl::Seconds(60);

class NoFailure : public ::testing::TestWithParam<std::string> {};

TEST_P(NoFailure, SwapsUnderLoad) {
  auto fleet = Fleet::Start(1);
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  auto program = programs::MakeProgram(GetParam(), (*fleet)->directory());
  ASSERT_TRUE(program.ok()) << program.status();
  const Operator& operate = (*fleet)->operate();
  const int swaps_of_each = SwapsOfEach();
  load::Protocol protocol;
  auto swap_to = [&](int number) {
    SCOPED_TRACE(number);
    ManifestFields fields;
    fields.port = (*fleet)->port();
    fields.min_ready = kMinReady;
    auto version =
        (*program)->Make(number, Fleet::Address(0), (*fleet)->port());
    ASSERT_TRUE(version.ok()) << version.status();
    fields.version = *version;
    protocol = version->protocol;
    absl::Status applied = operate.Apply(Manifest(fields));
    ASSERT_TRUE(applied.ok()) << applied;
    auto end = operate.Follow("web", kRolloutLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    ASSERT_EQ(*end, End::kDone);
  };
  ASSERT_NO_FATAL_FAILURE(swap_to(1));

  load::LoadOptions options;
  options.address = (*fleet)->Target(0);
  options.protocol = protocol;
  options.clients = kClients;
  auto load = load::ConnectionLoad::Start(options);
  ASSERT_TRUE(load.ok()) << load.status();
  for (int swap = 1; swap <= swaps_of_each; ++swap) {
    ASSERT_NO_FATAL_FAILURE(swap_to(swap + 1));
    // The one before the last may still be on its way out.
    auto ended = AwaitSwaps(operate, "web", swap - 1);
    ASSERT_TRUE(ended.ok()) << ended.status();
  }
  (*load)->Stop();

  load::LoadResult result = (*load)->Result();
  auto swaps = AwaitSwaps(operate, "web", swaps_of_each);
  ASSERT_TRUE(swaps.ok()) << swaps.status();
  LoadedSwaps loaded{*swaps, kMinReady};
  std::cout << GetParam() << "\n" << SwapTable(result, loaded);
  EXPECT_THAT(Complaints(result, loaded), IsEmpty()) << result.ToJson();
  EXPECT_EQ(result.bodies().size(), static_cast<size_t>(swaps_of_each) + 1)
      << "not every version has answered: " << result.ToJson();
}

INSTANTIATE_TEST_SUITE_P(Programs, NoFailure,
                         ::testing::ValuesIn(programs::ProgramNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace rollout::e2e
