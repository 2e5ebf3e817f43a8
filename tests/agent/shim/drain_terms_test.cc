// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/drain_terms.h"

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kEnd = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kNow = 7 * kSecond;

v1::DrainRequest Request(uint32_t signal, uint64_t wait_ns,
                         uint64_t timeout_ns) {
  v1::DrainRequest request;
  request.set_signal(signal);
  request.set_wait_ns(wait_ns);
  request.set_timeout_ns(timeout_ns);
  return request;
}

TEST(DrainTerms, LeaveTimeForTheSignal) {
  struct Case {
    const char* name;
    uint64_t wait_ns, timeout_ns;
    uint64_t signal_at_ns, kill_at_ns;
  };
  const Case kCases[] = {
      {"enough time", 10 * kSecond, 60 * kSecond, kNow + 10 * kSecond,
       kNow + 60 * kSecond},
      {"a quarter is for the signal", 60 * kSecond, 12 * kSecond,
       kNow + 9 * kSecond, kNow + 12 * kSecond},
      {"5 s at most are", 60 * kSecond, 60 * kSecond, kNow + 55 * kSecond,
       kNow + 60 * kSecond},
      {"no time", 0, 0, kNow, kNow},
      {"for ever", kEnd, kEnd, kEnd, kEnd},
      {"for ever, after a wait", kSecond, kEnd, kNow + kSecond, kEnd},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto terms = MakeDrainTerms(Request(15, c.wait_ns, c.timeout_ns), kNow);
    ASSERT_TRUE(terms.ok()) << terms.status();
    EXPECT_EQ(terms->signal, 15);
    EXPECT_EQ(terms->signal_at_ns, c.signal_at_ns);
    EXPECT_EQ(terms->kill_at_ns, c.kill_at_ns);
  }
}

TEST(DrainTerms, RefuseWhatIsNoSignal) {
  for (uint32_t signal : {0u, 65u, ~0u}) {
    SCOPED_TRACE(signal);
    EXPECT_TRUE(absl::IsInvalidArgument(
        MakeDrainTerms(Request(signal, 0, 0), kNow).status()));
  }
}

}  // namespace
}  // namespace rollout::shim
