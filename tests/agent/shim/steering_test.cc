// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/steering.h"

#include <map>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// A packet as a program finds it in the kernel.
struct Packet {
  uint32_t mark = 0;
  // From the IP header on.
  std::vector<uint8_t> bytes;
  // What the random numbers are, one after the other.
  std::vector<uint32_t> randoms;
};

// Runs BuildSteering's programs as the kernel does. Covers the instructions
// that they use; any other fails the test.
class Machine {
 public:
  explicit Machine(Packet packet) : packet_(std::move(packet)) {}

  uint32_t Run(const std::vector<sock_filter>& code) {
    for (size_t at = 0; at < code.size(); ++at) {
      const sock_filter& step = code[at];
      if (step.code == (BPF_RET | BPF_K)) return step.k;
      if (step.code == (BPF_JMP | BPF_JA)) {
        at += step.k;
      } else if (BPF_CLASS(step.code) == BPF_JMP) {
        at += Holds(step) ? step.jt : step.jf;
      } else {
        Do(step);
      }
    }
    ADD_FAILURE() << "ran off its end";
    return ~0u;
  }

 private:
  bool Holds(const sock_filter& step) const {
    if (BPF_OP(step.code) == BPF_JEQ) return a_ == step.k;
    EXPECT_EQ(BPF_OP(step.code), BPF_JGE);
    return a_ >= step.k;
  }

  void Do(const sock_filter& step) {
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
      case BPF_LD | BPF_B | BPF_ABS:
        a_ = Load(step.k, BPF_SIZE(step.code));
        break;
      case BPF_LD | BPF_W | BPF_IND:
        a_ = Load(x_ + step.k, BPF_W);
        break;
      case BPF_LDX | BPF_B | BPF_MSH:
        x_ = 4 * (Load(step.k, BPF_B) & 0xf);
        break;
      case BPF_LD | BPF_MEM:
        a_ = memory_[step.k];
        break;
      case BPF_LDX | BPF_MEM:
        x_ = memory_[step.k];
        break;
      case BPF_ST:
        memory_[step.k] = a_;
        break;
      case BPF_MISC | BPF_TAX:
        x_ = a_;
        break;
      case BPF_ALU | BPF_MOD | BPF_K:
        a_ %= step.k;
        break;
      case BPF_ALU | BPF_DIV | BPF_K:
        a_ /= step.k;
        break;
      case BPF_ALU | BPF_MUL | BPF_K:
        a_ *= step.k;
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        a_ >>= step.k;
        break;
      case BPF_ALU | BPF_XOR | BPF_X:
        a_ ^= x_;
        break;
      default:
        ADD_FAILURE() << "instruction " << step.code;
    }
  }

  uint32_t Load(uint32_t from, uint16_t size) {
    if (from == static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_MARK)) {
      return packet_.mark;
    }
    if (from == static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM)) {
      return drawn_ < packet_.randoms.size() ? packet_.randoms[drawn_++] : 0;
    }
    const size_t at = from - static_cast<uint32_t>(SKF_NET_OFF);
    const size_t count = size == BPF_B ? 1 : 4;
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      value = value << 8 | packet_.bytes.at(at + i);
    }
    return value;
  }

  const Packet packet_;
  size_t drawn_ = 0;
  uint32_t a_ = 0, x_ = 0;
  uint32_t memory_[BPF_MEMWORDS] = {};
};

uint32_t RunProgram(const std::vector<sock_filter>& code, uint32_t mark,
                    const std::vector<uint32_t>& randoms) {
  return Machine({mark, {}, randoms}).Run(code);
}

constexpr uint32_t kMarkA = 0x52000001, kMarkB = 0x52000002,
                   kMarkC = 0x52000003;

TEST(BuildSteering, LeadsByMarkFirstAndByWeightElse) {
  struct Case {
    const char* name;
    std::vector<SteeringTarget> targets;
    uint32_t mark;
    std::vector<uint32_t> randoms;
    uint32_t index;
  };
  const std::vector<SteeringTarget> swap = {{kMarkA, 1000, {0}},
                                            {kMarkB, 0, {1}}};
  const std::vector<SteeringTarget> canary = {
      {kMarkA, 950, {2}}, {kMarkB, 50, {0}}, {kMarkC, 0, {1}}};
  const std::vector<SteeringTarget> workers = {{kMarkA, 0, {0, 3}},
                                               {kMarkB, 1000, {1, 2, 4}}};
  const std::vector<SteeringTarget> fresh = {{kMarkA, 0, {0}},
                                             {kMarkB, 0, {1}}};
  const std::vector<SteeringTarget> half_there = {{kMarkA, 600, {}},
                                                  {kMarkB, 400, {0}}};
  const Case kCases[] = {
      {"no mark: the one with all", swap, 0, {}, 0},
      {"the dark one's mark", swap, kMarkB, {}, 1},
      {"the serving one's mark", swap, kMarkA, {}, 0},
      {"a mark of somebody else", swap, 7, {}, 0},
      {"a share's lowest number", canary, 0, {0}, 2},
      {"a share's highest number", canary, 0, {949}, 2},
      {"the next share's lowest", canary, 0, {950}, 0},
      {"the last number", canary, 0, {999}, 0},
      {"numbers go round", canary, 0, {1950}, 0},
      {"dark beside a canary", canary, kMarkC, {}, 1},
      {"within: first", workers, 0, {3}, 1},
      {"within: second", workers, 0, {1}, 2},
      {"within: third", workers, 0, {2}, 4},
      {"within, by mark", workers, kMarkA, {1}, 3},
      {"nobody has a share: the first", fresh, 0, {}, 0},
      {"a share without a listener counts for nothing",
       half_there,
       0,
       {999},
       0},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(RunProgram(BuildSteering(c.targets), c.mark, c.randoms), c.index);
  }
}

TEST(BuildSteering, GivesExactSharesOverAllNumbers) {
  std::vector<sock_filter> code =
      BuildSteering({{kMarkA, 700, {0}}, {kMarkB, 299, {1}}, {kMarkC, 1, {2}}});
  std::map<uint32_t, int> times;
  for (uint32_t random = 0; random < 1000; ++random) {
    ++times[RunProgram(code, 0, {random})];
  }
  EXPECT_THAT(times, ElementsAre(Pair(0, 700), Pair(1, 299), Pair(2, 1)));
}

TEST(BuildSteering, ReachesEveryListenerOfTheLargestGroup) {
  std::vector<SteeringTarget> targets;
  uint32_t next = 0;
  for (uint32_t generation = 0; generation < 4; ++generation) {
    SteeringTarget target{kMarkA + generation, 250, {}};
    for (int i = 0; i < 64; ++i) target.indexes.push_back(next++);
    targets.push_back(target);
  }
  std::vector<sock_filter> code = BuildSteering(targets);
  EXPECT_LT(code.size(), size_t{BPF_MAXINSNS});
  EXPECT_LT(BuildSteering(targets, Draw::kByFlow).size(), size_t{BPF_MAXINSNS});
  for (uint32_t generation = 0; generation < 4; ++generation) {
    for (uint32_t i = 0; i < 64; ++i) {
      EXPECT_EQ(RunProgram(code, 0, {generation * 250, i}),
                generation * 64 + i);
      EXPECT_EQ(RunProgram(code, kMarkA + generation, {i}),
                generation * 64 + i);
    }
  }
}

// A datagram of a client: its address ends so, and it has that port.
Packet Datagram(int version, uint8_t address, uint16_t port,
                size_t options = 0) {
  Packet packet;
  const size_t header = version == 4 ? 20 + options : 40;
  packet.bytes.assign(header + 8, 0);
  packet.bytes[0] = version << 4 | (version == 4 ? header / 4 : 0);
  packet.bytes[version == 4 ? 15 : 23] = address;
  packet.bytes[header] = port >> 8;
  packet.bytes[header + 1] = port & 0xff;
  packet.bytes[header + 3] = 53;
  return packet;
}

TEST(BuildSteering, DrawsByFlow) {
  const std::vector<SteeringTarget> targets = {
      {kMarkA, 900, {0, 3}}, {kMarkB, 90, {1}}, {kMarkC, 10, {2}}};
  const std::vector<sock_filter> code = BuildSteering(targets, Draw::kByFlow);
  for (int version : {4, 6}) {
    SCOPED_TRACE(version);
    constexpr int kCount = 100000;
    std::map<uint32_t, int> times;
    for (int i = 0; i < kCount; ++i) {
      // Neighbours: what a bad hash would not tell apart.
      Packet packet = Datagram(version, 1 + i / 25000, 32768 + i % 25000);
      const uint32_t index = Machine(packet).Run(code);
      ++times[index];
      packet.randoms = {~0u, ~0u};
      EXPECT_EQ(Machine(packet).Run(code), index) << "no chance is in it";
      packet.mark = kMarkC;
      EXPECT_EQ(Machine(packet).Run(code), 2u);
    }
    // Five standard deviations each.
    EXPECT_NEAR(times[0], kCount * 0.45, 790);
    EXPECT_NEAR(times[3], kCount * 0.45, 790);
    EXPECT_NEAR(times[1], kCount * 0.09, 455);
    EXPECT_NEAR(times[2], kCount * 0.01, 160);
  }
}

TEST(BuildSteering, FindsThePortsBehindOptions) {
  const std::vector<sock_filter> code =
      BuildSteering({{kMarkA, 500, {0}}, {kMarkB, 500, {1}}}, Draw::kByFlow);
  for (uint16_t port = 1000; port < 1100; ++port) {
    EXPECT_EQ(Machine(Datagram(4, 1, port, 8)).Run(code),
              Machine(Datagram(4, 1, port)).Run(code));
  }
}

TEST(BuildSteering, WithoutListenersIsStillAProgram) {
  EXPECT_EQ(RunProgram(BuildSteering({}), 0, {}), 0u);
}

}  // namespace
}  // namespace rollout::shim
