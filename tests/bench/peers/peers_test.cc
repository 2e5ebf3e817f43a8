// SPDX-License-Identifier: Apache-2.0
//
// Each way that is laid beside others does what it says, once. What is done
// with any program is done with one of them.

#include <algorithm>

#include "absl/strings/ascii.h"
#include "gtest/gtest.h"
#include "tests/bench/peers/measured_way.h"
#include "tests/bench/peers/peer_ways.h"
#include "tests/bench/scratch.h"

namespace rollout::bench {
namespace {

class Peers : public ::testing::TestWithParam<PeerWay> {};

TEST_P(Peers, Swaps) {
  Scratch scratch;
  auto way = GetParam().start(scratch.path());
  ASSERT_TRUE(way.ok()) << way.status();
  auto measured = MeasureWay(**way, /*swaps=*/1);
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(measured->figures.swaps, 1);
  EXPECT_GT(measured->figures.overlapping.count(), 0u);
  if (GetParam().kind == WayKind::kOurs) {
    EXPECT_EQ(measured->figures.failed, 0)
        << ::testing::PrintToString(measured->failures);
  }
}

std::string NameOf(const ::testing::TestParamInfo<PeerWay>& info) {
  std::string name = info.param.program + "_" + info.param.name;
  for (char& c : name) {
    if (!absl::ascii_isalnum(c)) c = '_';
  }
  return name;
}

std::vector<PeerWay> Ways() {
  std::vector<PeerWay> ways = PeerWays();
  ways.erase(std::remove_if(ways.begin(), ways.end(),
                            [](const PeerWay& way) {
                              return way.kind == WayKind::kGeneric &&
                                     way.program != "nginx";
                            }),
             ways.end());
  return ways;
}

INSTANTIATE_TEST_SUITE_P(All, Peers, ::testing::ValuesIn(Ways()), NameOf);

}  // namespace
}  // namespace rollout::bench
