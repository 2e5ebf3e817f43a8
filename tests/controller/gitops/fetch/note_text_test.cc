// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/note_text.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

TEST(NoteText, OurLineTakesThePlaceOfTheOlderAndNothingElseChanges) {
  NoteRequest request;
  request.set_key("our ");
  request.set_saying("our good ");
  request.set_line("our good 2");
  struct Case {
    const char* name;
    const char* before;
    const char* after;
  };
  const Case kCases[] = {
      {"no note", "", "our good 2\n"},
      {"of others alone", "theirs\n", "theirs\nour good 2\n"},
      {"without a line break at its end", "theirs", "theirs\nour good 2\n"},
      {"older", "a\n\nour bad 1\nb\n", "a\n\nour good 2\nb\n"},
      {"older, last", "a\nour bad 1", "a\nour good 2\n"},
      {"several, as a merge leaves them", "our good 1\na\nour bad 1\n",
       "our good 2\na\n"},
      {"the same already", "a\nour good 1\nb", "a\nour good 1\nb"},
      {"of one whose name only begins so", "ours good 1\n",
       "ours good 1\nour good 2\n"},
      {"empty lines", "\n\n", "\n\nour good 2\n"},
      {"line breaks of others", "a\r\nour bad 1\nb\r\n",
       "a\r\nour good 2\nb\r\n"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(WithLine(c.before, request), c.after);
  }
}

}  // namespace
}  // namespace rollout::gitops
