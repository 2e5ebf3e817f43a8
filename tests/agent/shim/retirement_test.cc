// SPDX-License-Identifier: Apache-2.0
//
// Handshakes that had begun when a generation lost its weight.

#include "agent/shim/retirement.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <fstream>
#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/socket_diag.h"
#include "base/endpoint_address.h"
#include "base/net_address.h"
#include "base/unique_fd.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

// A client that begins a handshake and is never heard of again: its address
// lies behind a device that swallows all.
constexpr char kFarClient[] = "10.99.0.2";

void MakeFarNetwork() {
  ASSERT_EQ(system("ip link add swallow type veth peer name nobody && "
                   "ip link set swallow up && ip link set nobody up && "
                   "ip addr add 10.99.0.1/24 dev swallow"),
            0);
  std::ofstream("/proc/sys/net/ipv4/conf/swallow/route_localnet") << "1";
}

uint16_t Checksum(const void* data, size_t size) {
  const uint8_t* bytes = static_cast<const uint8_t*>(data);
  uint32_t sum = 0;
  for (size_t i = 0; i < size; i += 2) sum += bytes[i] << 8 | bytes[i + 1];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return htons(static_cast<uint16_t>(~sum));
}

void SendSyn(uint16_t port) {
  struct {
    in_addr_t source, destination;
    uint8_t zero, protocol;
    uint16_t length;
    tcphdr tcp;
  } segment{};
  segment.source = inet_addr(kFarClient);
  segment.destination = htonl(INADDR_LOOPBACK);
  segment.protocol = IPPROTO_TCP;
  segment.length = htons(sizeof segment.tcp);
  segment.tcp.th_sport = htons(5555);
  segment.tcp.th_dport = htons(port);
  segment.tcp.th_off = sizeof segment.tcp / 4;
  segment.tcp.th_flags = TH_SYN;
  segment.tcp.th_win = htons(1024);
  segment.tcp.th_sum = Checksum(&segment, sizeof segment);
  struct {
    iphdr ip;
    tcphdr tcp;
  } packet{};
  packet.ip.version = 4;
  packet.ip.ihl = 5;
  packet.ip.ttl = 64;
  packet.ip.protocol = IPPROTO_TCP;
  packet.ip.saddr = segment.source;
  packet.ip.daddr = segment.destination;
  packet.tcp = segment.tcp;
  UniqueFd raw(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = packet.ip.daddr;
  ASSERT_EQ(sendto(raw.get(), &packet, sizeof packet, 0,
                   reinterpret_cast<sockaddr*>(&to), sizeof to),
            static_cast<ssize_t>(sizeof packet));
}

size_t Handshakes(uint16_t port) {
  auto entries = ListSockets({SocketKind::kHandshake, Transport::kTcp, port});
  EXPECT_TRUE(entries.ok()) << entries.status();
  return entries.ok() ? entries->size() : 0;
}

class RetirementTest : public ShimTest {
 protected:
  void Flip(absl::Duration grace) {
    for (uint64_t generation : {1, 2}) {
      v1::StartRequest request = HttpServer(generation);
      request.set_handshake_grace_ns(absl::ToInt64Nanoseconds(grace));
      ASSERT_TRUE(Start(request).ok());
      ASSERT_TRUE(AwaitReady(generation));
      if (generation == 1) {
        ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
      }
    }
    if (before_flip_) before_flip_();
    ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
    ASSERT_TRUE(Await(1, [](const v1::Generation& g) {
      return g.times().queue_empty_ns() != 0;
    }));
  }

  absl::Duration Switchover() {
    v1::GenerationTimes times = State(1).times();
    return absl::Nanoseconds(times.queue_empty_ns() - times.retired_ns());
  }

  std::function<void()> before_flip_;
};

TEST_F(RetirementTest, IsQuickWhenNobodyIsOnTheWay) {
  Flip(absl::Seconds(3));
  EXPECT_LT(Switchover(), absl::Seconds(1));
}

TEST_F(RetirementTest, WaitsForHandshakesForTheGrace) {
  before_flip_ = [this] {
    SendSyn(port_);
    ASSERT_TRUE(Eventually([&] { return Handshakes(port_) == 1; }));
  };
  Flip(absl::Milliseconds(300));
  EXPECT_GE(Switchover(), absl::Milliseconds(300));
  EXPECT_LT(Switchover(), absl::Seconds(2));
  EXPECT_EQ(Handshakes(port_), 1u);  // it would have come later still
}

TEST_F(RetirementTest, EndsWithTheLastHandshakeOfBefore) {
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  ASSERT_TRUE(AwaitReady(1));
  SendSyn(port_);
  ASSERT_TRUE(Eventually([&] { return Handshakes(port_) == 1; }));
  std::vector<EndpointAddress> endpoints = {
      *NetAddress::Parse(absl::StrCat("127.0.0.1:", port_))};
  uint64_t now = NowNs();
  Retirement retirement(endpoints, now, 60000000000, 1000000);
  EXPECT_FALSE(retirement.HandshakesOver(now));
  EXPECT_FALSE(retirement.HandshakesOver(now + 1000000));
  // One at another address of the same port is none of ours.
  Retirement other({*NetAddress::Parse(absl::StrCat("127.0.0.2:", port_))}, now,
                   60000000000, 1000000);
  EXPECT_TRUE(other.HandshakesOver(now + 1000000));
  // The listener goes, its handshakes with it.
  ASSERT_TRUE(Kill(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(Eventually([&] { return Handshakes(port_) == 0; }));
  EXPECT_TRUE(retirement.HandshakesOver(now + 2000000));
}

class FarNetwork : public ::testing::Environment {
  void SetUp() override { MakeFarNetwork(); }
};

const auto* const kFarNetwork =
    ::testing::AddGlobalTestEnvironment(new FarNetwork);

}  // namespace
}  // namespace rollout::shim
