// SPDX-License-Identifier: Apache-2.0
//
// A candidate of weight 0 meets probes only, on the address that clients use.

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::e2e {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;

constexpr absl::Duration kLimit = absl::Seconds(30);

// How often each generation was asked for something, by its own log.
struct Asked {
  int probes = 0;   // for "/ready-2", which only the candidate's probe asks
  int clients = 0;  // for "/"
};

Asked Count(const std::vector<OutputLine>& lines, int64_t generation) {
  Asked asked;
  for (const OutputLine& line : lines) {
    if (line.generation != generation) continue;
    asked.probes += absl::StrContains(line.text, "GET /ready-2 ");
    asked.clients += absl::StrContains(line.text, "GET / ");
  }
  return asked;
}

TEST(Dark, ACandidateMeetsItsProbesAndNoClient) {
  auto fleet = Fleet::Start(1);
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  const Operator& operate = (*fleet)->operate();
  Site first((*fleet)->directory(), 1), second((*fleet)->directory(), 2);
  first.SetReady(true);
  ASSERT_TRUE(operate.Apply(first.Manifest((*fleet)->port())).ok());
  ASSERT_EQ(*operate.Follow("web", kLimit), End::kDone);
  load::LoadOptions options;
  options.address = (*fleet)->Target(0);
  auto load = load::ConnectionLoad::Start(options);
  ASSERT_TRUE(load.ok()) << load.status();

  // The candidate has its listener and is asked whether it is ready; it says
  // no until the page is there.
  absl::Status applied = operate.Apply(second.Manifest((*fleet)->port()));
  ASSERT_TRUE(applied.ok()) << applied;
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    return Count((*fleet)->Output(0, "web"), 2).probes >= 3;
  }));
  int64_t before = (*load)->Result().total();
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    return Count((*fleet)->Output(0, "web"), 2).probes >= 20 &&
           (*load)->Result().total() >= before + 1000;
  }));
  EXPECT_THAT((*load)->Result().bodies(), Not(Contains(Key("version 2"))));
  std::vector<OutputLine> lines = (*fleet)->Output(0, "web");
  EXPECT_EQ(Count(lines, 2).clients, 0);
  EXPECT_GE(Count(lines, 1).clients, 1000);
  EXPECT_EQ(Count(lines, 1).probes, 0) << "a probe went to the wrong one";

  second.SetReady(true);
  ASSERT_EQ(*operate.Follow("web", kLimit), End::kDone);
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    return (*load)->Result().bodies().count("version 2") > 0;
  }));
  (*load)->Stop();
  load::LoadResult result = (*load)->Result();
  EXPECT_EQ(result.failed(), 0) << result.ToJson();
}

}  // namespace
}  // namespace rollout::e2e
