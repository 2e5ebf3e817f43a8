// SPDX-License-Identifier: Apache-2.0

#include "base/command_parser.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A program with one of each.
class CommandParserTest : public ::testing::Test {
 protected:
  CommandParserTest() {
    parser_.AddVersion("tool 1");
    parser_.AddSwitch("--loud", loud_, "Say more");
    copy_.AddArgument("to", to_, "Where to").Type("PLACE").Required();
    copy_.AddFlag("-f,--file", files_, "Of what").OneValueEach();
    copy_.AddFlag("--port", port_, "Which port").InRange(1, 65535);
    copy_.AddFlag("--count", count_, "How many").Positive();
    copy_.AddFlag("--as", as_, "How").OneOf({"text", "json"}).ShowDefault();
    copy_.AddSwitch("--wait", wait_, "Wait").Excludes("--count");
    copy_.AddFlag("--timeout", timeout_, "How long").Needs("--wait");
    copy_.SetFooter("So much for copy.");
  }

  // What is to be printed, or what is wrong.
  std::string Parse(const std::vector<std::string>& words) {
    absl::StatusOr<std::string> text = parser_.Parse(words);
    return text.ok() ? *text : std::string(text.status().message());
  }

  CommandParser parser_{"tool", "Does things."};
  CommandParser& copy_ = parser_.AddCommand("copy", "Copy it");
  bool loud_ = false;
  std::string to_;
  std::vector<std::string> files_;
  uint32_t port_ = 0;
  int64_t count_ = 0;
  std::string as_ = "text";
  bool wait_ = false;
  std::string timeout_;
};

TEST_F(CommandParserTest, FillsWhatTheWordsSay) {
  EXPECT_EQ(Parse({"copy", "-f", "a", "there", "--file=b", "--loud", "--port",
                   "80", "--as", "json"}),
            "");
  EXPECT_EQ(parser_.given_command(), &copy_);
  EXPECT_EQ(copy_.given_command(), nullptr);
  EXPECT_TRUE(loud_);
  EXPECT_EQ(to_, "there");
  EXPECT_THAT(files_, ElementsAre("a", "b"));
  EXPECT_EQ(port_, 80);
  EXPECT_EQ(count_, 0);
  EXPECT_EQ(as_, "json");
}

TEST_F(CommandParserTest, SaysWhatIsWrong) {
  struct Case {
    const char* name;
    std::vector<std::string> words;
    const char* error;
  };
  const Case kCases[] = {
      {"an argument is missing", {"copy"}, "to is required"},
      {"no such flag", {"copy", "x", "--fast"}, "--fast"},
      {"out of range", {"copy", "x", "--port", "0"}, "not in range 1 to 65535"},
      {"none at all", {"copy", "x", "--count", "0"}, "not in range"},
      {"no such word", {"copy", "x", "--as", "xml"}, "xml not in {text,json}"},
      {"needs", {"copy", "x", "--timeout", "1s"}, "--timeout requires --wait"},
      {"excludes",
       {"copy", "x", "--wait", "--count", "1"},
       "--count excludes --wait"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    absl::StatusOr<std::string> text = parser_.Parse(c.words);
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(text.status().message(), HasSubstr(c.error));
    EXPECT_TRUE(copy_.was_given());
  }
}

TEST_F(CommandParserTest, PrintsWhatIsAskedForInsteadOfRunning) {
  EXPECT_EQ(Parse({"--version"}), "tool 1\n");
  EXPECT_THAT(Parse({"--help"}), StartsWith("Does things.\nUsage: tool "));
  const std::string help = Parse({"copy", "--help"});
  EXPECT_THAT(help, HasSubstr("PLACE REQUIRED"));
  EXPECT_THAT(help, HasSubstr("So much for copy."));
}

TEST_F(CommandParserTest, TellsItsTree) {
  ASSERT_EQ(parser_.commands().size(), 1);
  EXPECT_EQ(copy_.parent(), &parser_);
  EXPECT_EQ(copy_.name(), "copy");
  EXPECT_EQ(copy_.what(), "Copy it");
  EXPECT_EQ(copy_.footer(), "So much for copy.");
  std::vector<std::string> names;
  for (const Flag& flag : copy_.flags()) names.push_back(flag.name());
  EXPECT_THAT(names, ElementsAre("--help", "to", "--file", "--port", "--count",
                                 "--as", "--wait", "--timeout"));
  const Flag& to = copy_.flags()[1];
  EXPECT_TRUE(to.is_argument() && to.is_required());
  EXPECT_EQ(to.type(), "PLACE");
  const Flag& file = copy_.flags()[2];
  EXPECT_TRUE(file.is_list() && file.HasName("-f"));
  EXPECT_EQ(copy_.flags()[3].type(), "UINT:INT in [1 - 65535]");
  EXPECT_EQ(copy_.flags()[5].shown_default(), "text");
  EXPECT_TRUE(copy_.flags()[6].is_switch());
}

}  // namespace
}  // namespace rollout
