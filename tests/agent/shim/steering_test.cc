// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/steering.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// What a packet finds in the kernel, and what the program answers. Covers the
// instructions that BuildSteering uses; any other fails the test.
uint32_t RunProgram(const std::vector<sock_filter>& code, uint32_t mark,
                    const std::vector<uint32_t>& randoms) {
  uint32_t accumulator = 0;
  size_t drawn = 0;
  for (size_t at = 0; at < code.size(); ++at) {
    const sock_filter& step = code[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (step.k == static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_MARK)) {
          accumulator = mark;
        } else {
          EXPECT_EQ(step.k, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM));
          accumulator = drawn < randoms.size() ? randoms[drawn++] : 0;
        }
        break;
      case BPF_ALU | BPF_MOD | BPF_K:
        accumulator %= step.k;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "instruction " << step.code << " at " << at;
        return ~0u;
    }
  }
  ADD_FAILURE() << "ran off its end";
  return ~0u;
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
  for (uint32_t generation = 0; generation < 4; ++generation) {
    for (uint32_t i = 0; i < 64; ++i) {
      EXPECT_EQ(RunProgram(code, 0, {generation * 250, i}),
                generation * 64 + i);
      EXPECT_EQ(RunProgram(code, kMarkA + generation, {i}),
                generation * 64 + i);
    }
  }
}

TEST(BuildSteering, WithoutListenersIsStillAProgram) {
  EXPECT_EQ(RunProgram(BuildSteering({}), 0, {}), 0u);
}

}  // namespace
}  // namespace rollout::shim
