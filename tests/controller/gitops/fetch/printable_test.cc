// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/printable.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

TEST(Printable, TellsWhatIsNotPrintable) {
  EXPECT_EQ(Printable("plans/a.yaml", 100), "plans/a.yaml");
  EXPECT_EQ(Printable("\xc3\xa4", 100), "\xc3\xa4");
  EXPECT_EQ(Printable("a\nb\x1b[0m\x7f", 100), "a\\nb\\x1b[0m\\x7f");
  EXPECT_EQ(Printable("a\xff", 100), "a\\xff");
  EXPECT_TRUE(IsPrintable("\xc3\xa4 b"));
  EXPECT_FALSE(IsPrintable("a\tb"));
  EXPECT_FALSE(IsPrintable("a\xc3"));
}

TEST(Printable, CutsBetweenCharacters) {
  const std::string text = "abc\xc3\xa4\xe2\x82\xac\xff\nz";
  for (size_t limit = 0; limit < 20; ++limit) {
    SCOPED_TRACE(limit);
    std::string shown = Printable(text, limit);
    EXPECT_LE(shown.size(), limit);
    EXPECT_TRUE(IsPrintable(shown));
    EXPECT_EQ(shown, Printable(text, 100).substr(0, shown.size()));
  }
  EXPECT_EQ(Printable(text, 4), "abc");
  EXPECT_EQ(Printable(text, 5), "abc\xc3\xa4");
}

}  // namespace
}  // namespace rollout::gitops
