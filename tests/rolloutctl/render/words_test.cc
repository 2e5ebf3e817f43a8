// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/words.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout::render {
namespace {

TEST(Age, HasTheTwoLargestUnits) {
  struct Case {
    absl::Duration age;
    const char* text;
  };
  const Case kCases[] = {
      {absl::Seconds(-3), "0s"},     {absl::Milliseconds(900), "0s"},
      {absl::Seconds(59), "59s"},    {absl::Seconds(125), "2m5s"},
      {absl::Minutes(190), "3h10m"}, {absl::Hours(220), "9d4h"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Age(c.age), c.text);
}

TEST(Took, KeepsAboutThreeDigits) {
  struct Case {
    absl::Duration time;
    const char* text;
  };
  const Case kCases[] = {
      {absl::Microseconds(85), "85us"},   {absl::Microseconds(4210), "4.2ms"},
      {absl::Milliseconds(310), "0.31s"}, {absl::Seconds(12.44), "12.4s"},
      {absl::Seconds(125), "2m5s"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Took(c.time), c.text);
}

TEST(Share, IsExactToATenth) {
  EXPECT_EQ(Share(0), "0%");
  EXPECT_EQ(Share(1000), "100%");
  EXPECT_EQ(Share(125), "12.5%");
  EXPECT_EQ(Share(1000.0 / 3), "33.3%");
}

TEST(PhaseWord, SaysSoWhenItDoesNotKnowThePhase) {
  EXPECT_EQ(PhaseWord(v1::ROLLING_BACK), "RollingBack");
  EXPECT_EQ(PhaseWord(v1::FAILED_GENERATION), "Failed");
  EXPECT_EQ(PhaseWord(v1::GENERATION_PHASE_UNSPECIFIED), "Unknown");
  EXPECT_EQ(PhaseWord(static_cast<v1::RolloutPhase>(99)), "Unknown");
}

TEST(Printable, LeavesNothingATerminalObeys) {
  EXPECT_EQ(Printable("two\nlines\tand a tab"), "two lines and a tab");
  EXPECT_EQ(Printable("\x1b[2J\r\x7f"), "?[2J??");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "?31m");
  EXPECT_EQ(Printable("größer └─"), "größer └─");
}

TEST(Columns, CountsCharacters) { EXPECT_EQ(Columns("└─ größer"), 9); }

}  // namespace
}  // namespace rollout::render
