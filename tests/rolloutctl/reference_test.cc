// SPDX-License-Identifier: Apache-2.0
//
// The manual that rolloutctl makes of itself.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/subprocess.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/rolloutctl/golden.h"
#include "tests/rolloutctl/program_fixture.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;

class ReferenceTest : public ProgramTest {
 protected:
  // The commands below those words.
  std::vector<std::string> Below(const std::vector<std::string>& words) {
    std::vector<std::string> asked = {"__complete", "--"};
    asked.insert(asked.end(), words.begin(), words.end());
    asked.push_back("");
    std::vector<std::string> commands;
    const std::string help = Run(WithHelp(words)).out;
    for (absl::string_view line :
         absl::StrSplit(Run(asked).out, '\n', absl::SkipEmpty())) {
      const std::string word(line.substr(0, line.find('\t')));
      // Not the values of an argument.
      if (absl::StrContains(help, absl::StrCat("\n  ", word, " "))) {
        commands.push_back(word);
      }
    }
    return commands;
  }

  static std::vector<std::string> WithHelp(std::vector<std::string> words) {
    words.push_back("--help");
    return words;
  }

  // The command's help, and that of all below it, has an example; returns how
  // many commands there were.
  int ExpectExamples(const std::vector<std::string>& words) {
    const std::vector<std::string> below = Below(words);
    int commands = 0;
    for (const std::string& command : below) {
      std::vector<std::string> longer = words;
      longer.push_back(command);
      commands += ExpectExamples(longer);
    }
    if (!below.empty()) return commands;
    const std::string path = absl::StrJoin(words, " ");
    const Ran ran = Run(WithHelp(words));
    EXPECT_EQ(ran.code, 0) << path;
    const size_t examples = ran.out.find("\nExamples:\n");
    EXPECT_NE(examples, std::string::npos) << path;
    EXPECT_NE(ran.out.find(absl::StrCat("rolloutctl ", path), examples),
              std::string::npos)
        << path;
    return 1;
  }
};

TEST_F(ReferenceTest, EveryCommandHasExamples) {
  EXPECT_GT(ExpectExamples({}), 25);
}

TEST_F(ReferenceTest, TheCheckedInPageIsTheProgramsOwn) {
  ExpectGolden("docs/reference/rolloutctl.md",
               Run({"__reference", "markdown"}).out);
}

TEST_F(ReferenceTest, TheManualPageIsFlawless) {
  Command lint;
  lint.arguments = {
      "/usr/bin/mandoc",
      "-T",
      "lint",
      "-W",
      "warning",
      std::filesystem::absolute("rolloutctl/rolloutctl.1").string()};
  const auto result = RunCommand(lint);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "");
  EXPECT_EQ(result->wait_status, 0);
}

TEST_F(ReferenceTest, TheManualPageShowsWhatTheHelpSays) {
  Command show;
  show.arguments = {
      "/usr/bin/mandoc",
      "-T",
      "ascii",
      "-O",
      "width=400",
      std::filesystem::absolute("rolloutctl/rolloutctl.1").string()};
  show.environment = {"LC_ALL=C"};
  show.output_limit = 1 << 20;
  const auto result = RunCommand(show);
  ASSERT_TRUE(result.ok()) << result.status();
  // Without what makes letters bold: a letter, backspace, and it again.
  std::string text;
  for (char c : result->output) {
    if (c == '\b') {
      text.pop_back();
    } else {
      text.push_back(c);
    }
  }
  for (const char* line :
       {"rolloutctl events [PLAN] [flags]", "-o, --output table|wide|json",
        "rolloutctl apply -f plans/",
        "rolloutctl abort web -m \"errors on web-2\"",
        "The manifest of the plan it is to belong to, or - for standard "
        "input"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace rollout::ctl
