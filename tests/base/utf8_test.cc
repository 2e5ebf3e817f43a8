// SPDX-License-Identifier: Apache-2.0

#include "base/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout {
namespace {

TEST(Utf8, TellsBytesThatAreNoCharacters) {
  struct Case {
    const char* name;
    std::string text;
    std::string told;
  };
  const Case kCases[] = {
      {"nothing", "", ""},
      {"ASCII", "a b\n", "a b\n"},
      {"all lengths", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\x8d",
       "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\x8d"},
      {"Latin-1", "gr\xfc\xdf", "gr\\xfc\\xdf"},
      {"cut within a character", "10 \xe2\x82", "10 \\xe2\\x82"},
      {"not in the shortest form", "\xc0\xaf", "\\xc0\\xaf"},
      {"a surrogate", "\xed\xa0\x80.", "\\xed\\xa0\\x80."},
      {"goes on after it", "\xff ok \xc3\xa9", "\\xff ok \xc3\xa9"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(ToUtf8(c.text), c.told);
    EXPECT_EQ(ValidUtf8Prefix(c.told), c.told.size());
  }
}

}  // namespace
}  // namespace rollout
