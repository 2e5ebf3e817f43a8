// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/memory_fit.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kMiB = 1 << 20;

TEST(WhyNoMemoryFor, AddsUpWhatMayBeNeeded) {
  struct Case {
    const char* name;
    MemoryView view;
    // Empty: it fits.
    const char* why;
  };
  const MemoryUse old = {4, 512 * kMiB, 400 * kMiB, 300 * kMiB};
  const MemoryUse unlimited = {4, 0, 400 * kMiB, 300 * kMiB};
  const Case kCases[] = {
      {"alone", {512 * kMiB, {}, {{"the host", kMiB}}}, ""},
      {"both limits fit", {512 * kMiB, {old}, {{"the host", 724 * kMiB}}}, ""},
      {"one byte short",
       {512 * kMiB, {old}, {{"the host", 724 * kMiB - 1}}},
       "it may need 512.0 MiB (its limits.memory), generation 4 another 212.0 "
       "MiB (uses 300.0 MiB of its limit 512.0 MiB); together 724.0 MiB, but "
       "the host has 724.0 MiB to give: free memory"},
      {"without limits the peak counts",
       {0, {unlimited}, {{"the host", 499 * kMiB}}},
       "it may need 400.0 MiB (the peak of the one before it), generation 4 "
       "another 100.0 MiB (uses 300.0 MiB, its peak was 400.0 MiB); together "
       "500.0 MiB, but the host has 499.0 MiB"},
      {"and fits", {0, {unlimited}, {{"the host", 500 * kMiB}}}, ""},
      {"a new limit beside one without",
       {100 * kMiB, {unlimited}, {{"the host", 150 * kMiB}}},
       "together 200.0 MiB"},
      {"nothing is known yet", {0, {{4, 0, 0, 0}}, {{"the host", 1}}}, ""},
      {"one that uses more than its limit was",
       {100 * kMiB, {{4, 50 * kMiB, 0, 60 * kMiB}}, {{"a", 100 * kMiB}}},
       ""},
      {"two that live",
       {100 * kMiB, {old, {5, 200 * kMiB, 0, 0}}, {{"a", 511 * kMiB}}},
       "together 512.0 MiB"},
      {"the narrowest room counts",
       {512 * kMiB,
        {old},
        {{"the host", 9000 * kMiB}, {"control group /cg/u", 600 * kMiB}}},
       "control group /cg/u has 600.0 MiB to give"},
      {"no room is known", {512 * kMiB, {old}, {}}, ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    if (*c.why == 0) {
      EXPECT_THAT(WhyNoMemoryFor(c.view), IsEmpty());
    } else {
      EXPECT_THAT(WhyNoMemoryFor(c.view), HasSubstr(c.why));
    }
  }
}

}  // namespace
}  // namespace rollout::agent
