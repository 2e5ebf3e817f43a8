// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/screen.h"

#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace rollout::render {
namespace {

TEST(CutLine, CountsCharactersAndKeepsColorsWhole) {
  struct Case {
    const char* name;
    std::string line;
    int columns;
    std::string cut;
  };
  const Case kCases[] = {
      {"fits", "abc", 3, "abc"},
      {"too long", "abcd", 3, "abc"},
      {"characters of several bytes", "└─é", 2, "└─"},
      {"a color counts for nothing", "\x1b[31mab\x1b[0m", 2,
       "\x1b[31mab\x1b[0m"},
      {"a cut color is ended", "\x1b[31mabc\x1b[0m", 2, "\x1b[31mab\x1b[0m"},
      {"nothing", "", 5, ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(CutLine(c.line, c.columns), c.cut);
  }
}

TEST(Screen, DrawsOverWhatItDrewBefore) {
  std::ostringstream out;
  Screen screen(out);
  screen.Draw("one\ntwo\n", 80, 24);
  EXPECT_EQ(out.str(), "\rone\x1b[K\n\rtwo\x1b[K\n\x1b[J");
  out.str("");
  screen.Draw("three\n", 80, 24);
  EXPECT_EQ(out.str(), "\x1b[2A\rthree\x1b[K\n\x1b[J");
  out.str("");
  screen.Draw("four\n", 80, 24);
  EXPECT_EQ(out.str(), "\x1b[1A\rfour\x1b[K\n\x1b[J");
}

TEST(Screen, SaysHowMuchDoesNotFit) {
  std::ostringstream out;
  Screen screen(out);
  screen.Draw("1\n2\n3\n4\n5\n", 80, 4);
  EXPECT_EQ(out.str(),
            "\r1\x1b[K\n\r2\x1b[K\n\r... 3 more lines\x1b[K\n\x1b[J");
}

}  // namespace
}  // namespace rollout::render
