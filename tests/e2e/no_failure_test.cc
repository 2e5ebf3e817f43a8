// SPDX-License-Identifier: Apache-2.0
//
// Servers that nobody here wrote, each swapped twenty times under load.

#include "gtest/gtest.h"
#include "tests/e2e/continuity.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/manifest.h"
#include "tests/e2e/swaps_under_load.h"
#include "tests/load/connection_load.h"
#include "tests/load/protocol.h"
#include "tests/programs/program.h"

namespace rollout::e2e {
namespace {

constexpr int kClients = 16;

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
    RollOut(operate, Manifest(fields));
  };
  ASSERT_NO_FATAL_FAILURE(swap_to(1));

  load::LoadOptions options;
  options.address = (*fleet)->Target(0);
  options.protocol = protocol;
  options.clients = kClients;
  // As many connections as there can be: what there is to lose is lost here.
  options.pause = absl::ZeroDuration();
  auto load = load::ConnectionLoad::Start(options);
  ASSERT_TRUE(load.ok()) << load.status();
  for (int swap = 1; swap <= swaps_of_each; ++swap) {
    ASSERT_NO_FATAL_FAILURE(swap_to(swap + 1));
    // The one before the last may still be on its way out.
    auto ended = AwaitSwaps(operate, "web", swap - 1);
    ASSERT_TRUE(ended.ok()) << ended.status();
  }
  (*load)->Stop();
  ExpectContinuity(GetParam(), (*load)->Result(), operate, swaps_of_each);
}

INSTANTIATE_TEST_SUITE_P(Programs, NoFailure,
                         ::testing::ValuesIn(programs::ProgramNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace rollout::e2e
