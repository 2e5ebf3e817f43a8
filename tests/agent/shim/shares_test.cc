// SPDX-License-Identifier: Apache-2.0
//
// Shares of new clients, changed while they come: over every kind of address
// that can be shared, with one and with several sockets per generation, with
// several endpoints.

#include <atomic>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/shares_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<Kind> Kinds() {
  return {
      {"Ipv4", {"127.0.0.1:P"}, {"127.0.0.1:P"}},
      {"Ipv6", {"[::1]:P"}, {"[::1]:P"}},
      {"Wildcard", {"0.0.0.0:P"}, {"127.0.0.1:P", "127.0.0.9:P"}},
      {"DualStack", {"[::]:P"}, {"[::1]:P", "127.0.0.1:P"}},
      {"SeveralSockets", {"127.0.0.1:P"}, {"127.0.0.1:P"}, 4},
      {"SeveralSocketsDualStack", {"[::]:P"}, {"[::1]:P", "127.0.0.1:P"}, 4},
      {"UdpIpv4", {"udp:127.0.0.1:P"}, {"udp:127.0.0.1:P"}},
      {"UdpIpv6", {"udp:[::1]:P"}, {"udp:[::1]:P"}},
      {"UdpDualStack", {"udp:[::]:P"}, {"udp:[::1]:P", "udp:127.0.0.1:P"}},
      {"UdpSeveralSockets", {"udp:0.0.0.0:P"}, {"udp:127.0.0.1:P"}, 4},
      {"UdpAndTcp",
       {"udp:127.0.0.1:P", "127.0.0.1:P"},
       {"udp:127.0.0.1:P", "127.0.0.1:P"}},
      {"SeveralEndpoints",
       {"127.0.0.1:P", "[::1]:P", "127.0.0.1:Q"},
       {"127.0.0.1:P", "[::1]:P", "127.0.0.1:Q"},
       2},
  };
}

TEST_P(SharesTest, ChangeUnderLoadAndMarksLeadWhateverTheyAre) {
  const Kind& kind = GetParam();
  const std::vector<EndpointAddress> targets = Addresses(kind.targets);
  for (uint64_t generation : {1, 2}) StartListening(generation, kind);
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  std::atomic<size_t> turn{0};
  HttpLoad load([&] { return Ask(targets[turn++ % targets.size()]); }, 3);
  for (uint32_t permille : {0, 1, 10, 100, 500, 999, 1000, 500, 0}) {
    SCOPED_TRACE(permille);
    ASSERT_TRUE(SetWeights({{1, 1000 - permille}, {2, permille}}).ok());
    std::map<std::string, int> answers = AskOften(targets, 120);
    if (permille % 1000 == 0) {
      EXPECT_THAT(answers, ElementsAre(Pair(Body(1 + permille / 1000), 120)));
    } else if (permille == 500) {
      EXPECT_EQ(answers.size(), 2u);
    }
    for (uint64_t marked : {1, 2}) {
      EXPECT_THAT(AskOften(targets, 12, State(marked).mark()),
                  ElementsAre(Pair(Body(marked), 12)));
    }
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

TEST_P(SharesTest, ThreeGenerations) {
  const Kind& kind = GetParam();
  const std::vector<EndpointAddress> targets = Addresses(kind.targets);
  for (uint64_t generation : {1, 2, 3}) StartListening(generation, kind);
  ASSERT_TRUE(SetWeights({{1, 500}, {2, 300}, {3, 200}}).ok());
  constexpr int kCount = 1200;
  std::map<std::string, int> answers = AskOften(targets, kCount);
  EXPECT_EQ(answers.size(), 3u);
  // Five standard deviations of the widest.
  const double margin = 5 * std::sqrt(kCount * 0.5 * 0.5);
  EXPECT_NEAR(answers[Body(1)], kCount * 0.5, margin);
  EXPECT_NEAR(answers[Body(2)], kCount * 0.3, margin);
  EXPECT_NEAR(answers[Body(3)], kCount * 0.2, margin);
  ASSERT_TRUE(SetWeights({{3, 1000}}).ok());
  for (uint64_t leaving : {1, 2}) {
    ASSERT_TRUE(Drain(leaving).ok());
    ASSERT_TRUE(AwaitEnded(leaving));
    EXPECT_THAT(AskOften(targets, 60), ElementsAre(Pair(Body(3), 60)));
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, SharesTest, ::testing::ValuesIn(Kinds()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rollout::shim
