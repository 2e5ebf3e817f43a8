// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/departure.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

// "+" leaving, "S" serving, "d" dark; "q" after one: it has a queue.
std::vector<DepartureMember> Group(const std::string& picture) {
  std::vector<DepartureMember> members;
  for (char c : picture) {
    if (c == 'q') {
      members.back().has_queue = true;
    } else {
      members.push_back({c == '+', c == 'S', false});
    }
  }
  return members;
}

TEST(NextToClose, ChoosesWhatHarmsNoClient) {
  constexpr int kNone = -1;
  struct Case {
    const char* group;
    int moving, staying;  // where queues move, where they don't
    const char* why;
  };
  const Case kCases[] = {
      {"S", kNone, kNone, "nobody leaves"},
      {"Sd", kNone, kNone, "nobody leaves"},
      {"+", 0, 0, "the last one turns off the light"},
      {"+q", kNone, kNone, "there is nobody to take its queue"},
      {"+S", 0, 0, "S moves, but by hash there is only S"},
      {"S+", 1, 1, "nothing moves"},
      {"+qS", 0, kNone, "the queue goes to S"},
      {"S+q", 1, kNone, "the queue goes to S"},
      {"+Sd", 0, 0, "only d moves"},
      {"+dS", kNone, kNone, "S would move, and by hash d would get clients"},
      {"d+S", kNone, kNone, "the same"},
      {"dS+", 2, 2, "nothing moves"},
      {"S+d", 1, 1, "only d moves"},
      {"+qSd", kNone, kNone, "d would get some of the queue"},
      {"+SS", 0, 0, "S moves, by hash all serve"},
      {"+qSS", 0, kNone, "the queue goes to those who serve"},
      {"++S", 0, kNone, "what the second gets by hash moves on"},
      {"+q+qS", 0, kNone, "both queues end at S"},
      {"+q+d", 1, 1, "the one with a queue must wait for d"},
      {"++", 0, 0, "all leave"},
      {"+d", 0, 0, "nobody serves: only d moves"},
      {"S++", 1, 1, "the rest moves among itself"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.group) + ": " + c.why);
    auto moving = NextToClose(Group(c.group), true);
    auto staying = NextToClose(Group(c.group), false);
    EXPECT_EQ(moving.has_value() ? static_cast<int>(*moving) : kNone, c.moving);
    EXPECT_EQ(staying.has_value() ? static_cast<int>(*staying) : kNone,
              c.staying);
  }
}

// Whatever the group, closing one by one with the kernel's own moves never
// shows a client a listener that is dark.
TEST(NextToClose, LeavesTheServingOneInPlaceInEveryGroupOfFive) {
  for (int code = 0; code < 3 * 3 * 3 * 3 * 3; ++code) {
    std::string picture;
    for (int rest = code, i = 0; i < 5; ++i, rest /= 3) {
      picture += "+Sd"[rest % 3];
    }
    SCOPED_TRACE(picture);
    std::vector<DepartureMember> members = Group(picture);
    while (auto place = NextToClose(members, true)) {
      ASSERT_TRUE(members[*place].leaving);
      bool serving_one_moves =
          *place != members.size() - 1 && members.back().serving;
      std::swap(members[*place], members.back());
      members.pop_back();
      if (!serving_one_moves) continue;
      for (const DepartureMember& member : members) {
        EXPECT_TRUE(member.serving || member.leaving);
      }
    }
  }
}

}  // namespace
}  // namespace rollout::shim
