// SPDX-License-Identifier: Apache-2.0
//
// Shares over as many clients as make them mean something, and flips over as
// many times.

#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/shares_fixture.h"

namespace rollout::shim {
namespace {

class ExactSharesTest : public SharesTest {};

TEST_P(ExactSharesTest, SharesAreExact) {
  const Kind& kind = GetParam();
  constexpr int kClients = 4;
  const bool is_tcp = kind.endpoints[0] == "127.0.0.1:P";
  const int kCount = is_tcp ? 100000 : 20000;
  const std::vector<EndpointAddress> targets = Addresses(kind.targets);
  for (uint64_t generation : {1, 2}) StartListening(generation, kind);
  for (uint32_t permille : {1, 10, 100, 500}) {
    ASSERT_TRUE(SetWeights({{1, 1000 - permille}, {2, permille}}).ok());
    std::map<std::string, int> answers[kClients];
    std::vector<std::thread> clients;
    for (auto& own : answers) {
      clients.emplace_back([&] { own = AskOften(targets, kCount / kClients); });
    }
    for (std::thread& client : clients) client.join();
    int got = 0, asked = 0;
    for (auto& own : answers) {
      got += own[Body(2)];
      asked += own[Body(1)] + own[Body(2)];
    }
    EXPECT_EQ(asked, kCount);
    const double share = permille / 1000.0;
    const double deviation = std::sqrt(kCount * share * (1 - share));
    GTEST_LOG_(INFO) << share * 100 << " %: " << got << " of " << kCount << ", "
                     << (got - kCount * share) / deviation
                     << " standard deviations off";
    // Right by chance all but once in 16,000 times. An address has no more
    // than 28,000 flows, whose own luck comes on top.
    EXPECT_NEAR(got, kCount * share, (is_tcp ? 4 : 6) * deviation);
  }
}

TEST_P(ExactSharesTest, AThousandFlipsLoseNobody) {
  const Kind& kind = GetParam();
  const std::vector<EndpointAddress> targets = Addresses(kind.targets);
  for (uint64_t generation : {1, 2}) StartListening(generation, kind);
  HttpLoad load([&] { return Ask(targets[0]); }, 3);
  for (int flip = 1; flip <= 1000; ++flip) {
    const uint64_t next = 1 + flip % 2;
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    // The next flip is not before somebody has met this one.
    ASSERT_EQ(Ask(targets[0]), Body(next));
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(load.answers().size(), 2u);
  GTEST_LOG_(INFO) << load.done() << " clients came meanwhile";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ExactSharesTest,
    ::testing::Values(Kind{"Ipv4", {"127.0.0.1:P"}, {"127.0.0.1:P"}},
                      Kind{"UdpIpv4", {"udp:127.0.0.1:P"}, {"udp:127.0.0.1:P"}},
                      Kind{"UdpIpv6", {"udp:[::1]:P"}, {"udp:[::1]:P"}}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rollout::shim
