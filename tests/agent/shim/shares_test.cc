// SPDX-License-Identifier: Apache-2.0
//
// Shares of new clients, changed while they come: over every kind of address
// that can be shared, with one and with several sockets per generation, with
// several endpoints.

#include <atomic>
#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/endpoint_fixture.h"
#include "tests/agent/shim/http_load.h"

namespace rollout::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// P and Q in the addresses are free ports.
struct Kind {
  const char* name;
  std::vector<std::string> endpoints;
  // Where clients come to.
  std::vector<std::string> targets;
  int listeners = 1;
};

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

std::string Body(uint64_t generation) {
  return absl::StrCat("generation ", generation);
}

class SharesTest : public EndpointTest,
                   public ::testing::WithParamInterface<Kind> {
 protected:
  std::vector<EndpointAddress> Addresses(
      const std::vector<std::string>& texts) {
    std::vector<EndpointAddress> addresses;
    for (std::string text : texts) {
      if (text.back() == 'P') text.replace(text.size() - 1, 1, P());
      if (text.back() == 'Q') text.replace(text.size() - 1, 1, Q());
      addresses.push_back(AddressOf(text));
    }
    return addresses;
  }
  std::string P() const { return absl::StrCat(port_); }
  std::string Q() {
    while (other_port_ == 0 || other_port_ == port_) other_port_ = FreePort();
    return absl::StrCat(other_port_);
  }

  void StartListening(uint64_t generation, const Kind& kind) {
    absl::Status started =
        Start(Server(generation, Addresses(kind.endpoints), kind.listeners));
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitListening(generation)) << State(generation).problem();
    ASSERT_TRUE(Await(generation, [&kind](const v1::Generation& g) {
      return g.listeners() == kind.endpoints.size() * kind.listeners;
    }));
  }

 private:
  uint16_t other_port_ = 0;
};

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

class ExactTest : public SharesTest {};

// What is asked of a share, over as many clients as make it mean something.
TEST_P(ExactTest, SharesAreExact) {
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

TEST_P(ExactTest, AThousandFlipsLoseNobody) {
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
    Kinds, ExactTest,
    ::testing::Values(Kind{"Ipv4", {"127.0.0.1:P"}, {"127.0.0.1:P"}},
                      Kind{"UdpIpv4", {"udp:127.0.0.1:P"}, {"udp:127.0.0.1:P"}},
                      Kind{"UdpIpv6", {"udp:[::1]:P"}, {"udp:[::1]:P"}}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rollout::shim
