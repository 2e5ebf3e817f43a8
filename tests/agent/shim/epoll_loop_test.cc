// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/epoll_loop.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

TEST(EpollLoop, RunsNoTimerThatOneBeforeItCancelled) {
  EpollLoop loop;
  // Both are due in the first round; whichever comes first ends the other.
  int first, second;
  std::string ran;
  loop.SetTimer(&first, 0, [&] {
    ran += "first";
    loop.CancelTimer(&second);
  });
  loop.SetTimer(&second, 0, [&] {
    ran += "second";
    loop.CancelTimer(&first);
  });
  loop.Run([&] { loop.Stop(); });
  EXPECT_TRUE(ran == "first" || ran == "second") << ran;
}

TEST(EpollLoop, RunsATimerThatWasPutOffInItsOwnTime) {
  EpollLoop loop;
  int timer;
  int rounds = 0;
  loop.SetTimer(&timer, 0, [&] {
    loop.SetTimer(&timer, NowNs() + 1000000, [&] { loop.Stop(); });
  });
  loop.Run([&] { ++rounds; });
  EXPECT_GE(rounds, 2);
}

}  // namespace
}  // namespace rollout::shim
