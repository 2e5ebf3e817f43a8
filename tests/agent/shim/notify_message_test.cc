// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/notify_message.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

TEST(NotifyMessage, ReadyIsAWholeLine) {
  struct Case {
    const char* name;
    std::string datagram;
    bool cut;
    bool ready;
  };
  const Case kCases[] = {
      {"alone", "READY=1", false, true},
      {"with its end", "READY=1\n", false, true},
      {"among others", "STATUS=warm\nREADY=1\nMAINPID=7", false, true},
      {"nothing", "", false, false},
      {"another value", "READY=10\nREADY=0\nREADY=", false, false},
      {"more around it", " READY=1\nREADY=1 \nXREADY=1\nREADY=1\r", false,
       false},
      {"in another's value", "STATUS=READY=1", false, false},
      {"a NUL after it", std::string("READY=1\0", 8), false, false},
      {"a NUL before it", std::string("X=\0\nREADY=1", 11), false, true},
      {"what may go on", "STATUS=long\nREADY=1", true, false},
      {"what may go on, alone", "READY=1", true, false},
      {"before what is cut", "READY=1\nSTATUS=lo", true, true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(SaysReady(c.datagram, c.cut), c.ready);
  }
}

}  // namespace
}  // namespace rollout::shim
