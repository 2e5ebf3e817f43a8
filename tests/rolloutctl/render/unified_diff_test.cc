// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/unified_diff.h"

#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/subprocess.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::render {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "a\nb\n" of "ab".
std::string Lines(const std::string& letters) {
  std::string text;
  for (char letter : letters)
    absl::StrAppend(&text, std::string(1, letter), "\n");
  return text;
}

std::string Diff(const std::string& from, const std::string& to) {
  return UnifiedDiff({"stored/web.yaml", Lines(from)},
                     {"manifest/web.yaml", Lines(to)}, false);
}

TEST(UnifiedDiff, HasThreeLinesAroundEachChangeAndItsPlace) {
  struct Case {
    const char* name;
    const char* from;
    const char* to;
    const char* hunks;
  };
  const Case kCases[] = {
      {"replaced", "abcdefgh", "abcdXfgh", "@@ -2,7 +2,7 @@ b c d-e+X f g h"},
      {"what goes stands first", "abc", "XYc", "@@ -1,3 +1,3 @@-a-b+X+Y c"},
      {"at the beginning", "abcde", "Xabcde", "@@ -1,3 +1,4 @@+X a b c"},
      {"at the end", "abcde", "abcd", "@@ -2,4 +2,3 @@ b c d-e"},
      {"all", "a", "b", "@@ -1,1 +1,1 @@-a+b"},
      {"from nothing", "", "ab", "@@ -0,0 +1,2 @@+a+b"},
      {"to nothing", "ab", "", "@@ -1,2 +0,0 @@-a-b"},
      {"contexts that touch", "Aabcdefghi", "abcdefghiZ",
       "@@ -1,4 +1,3 @@-A a b c@@ -8,3 +7,4 @@ g h i+Z"},
      {"six lines between", "AabcdefB", "abcdef",
       "@@ -1,8 +1,6 @@-A a b c d e f-B"},
      {"seven lines between", "AabcdefgB", "abcdefg",
       "@@ -1,4 +1,3 @@-A a b c@@ -6,4 +5,3 @@ e f g-B"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(
        absl::StrReplaceAll(Diff(c.from, c.to), {{"\n", ""}}),
        absl::StrCat("--- stored/web.yaml+++ manifest/web.yaml", c.hunks));
  }
}

TEST(UnifiedDiff, OfEqualTextsIsEmpty) {
  EXPECT_THAT(Diff("abc", "abc"), IsEmpty());
  EXPECT_THAT(Diff("", ""), IsEmpty());
}

TEST(UnifiedDiff, ComparesBytesAndLeavesThemAsTheyAre) {
  const std::string latin = "caf\xE9\n", utf8 = "caf\xC3\xA9\n";
  EXPECT_EQ(UnifiedDiff({"a", latin}, {"b", utf8}, false),
            absl::StrCat("--- a\n+++ b\n@@ -1,1 +1,1 @@\n-", latin, "+", utf8));
}

TEST(UnifiedDiff, ColorsWhatGoesAndWhatComes) {
  const std::string diff = UnifiedDiff({"a", "x\ny\n"}, {"b", "x\nz\n"}, true);
  EXPECT_THAT(diff, HasSubstr("\n x\n\x1b[31m-y\x1b[0m\n\x1b[32m+z\x1b[0m\n"));
}

// Applies diffs with patch(1), in a directory of the test's own.
class PatchTest : public ::testing::Test {
 protected:
  PatchTest() {
    std::string pattern = ::testing::TempDir() + "/patch.XXXXXX";
    top_ = mkdtemp(pattern.data());
  }
  ~PatchTest() override { std::filesystem::remove_all(top_); }

  // What patch makes of `from`; or what it says.
  std::string Patched(const std::string& from, const std::string& diff) {
    const std::string file = top_ + "/file", patch = top_ + "/patch";
    std::ofstream(file, std::ios::binary) << from;
    std::ofstream(patch, std::ios::binary) << diff;
    rollout::Command command;
    command.arguments = {
        "/usr/bin/patch", "--fuzz=0", "--batch", "--silent", "-o",
        top_ + "/out",    file,       patch};
    auto result = RunCommand(command);
    if (!result.ok()) return result.status().ToString();
    if (result->wait_status != 0 || !result->output.empty()) {
      return DescribeWaitStatus(result->wait_status) + ": " + result->output;
    }
    std::stringstream content;
    content << std::ifstream(top_ + "/out", std::ios::binary).rdbuf();
    return content.str();
  }

  std::string top_;
};

TEST_F(PatchTest, PatchMakesTheOneTextOfTheOther) {
  std::mt19937 random(20261128);
  auto text = [&random] {
    std::string letters;
    for (size_t length = random() % 40; length > 0; --length) {
      letters += static_cast<char>('a' + random() % 4);
    }
    return letters;
  };
  for (int i = 0; i < 100; ++i) {
    const std::string from = text();
    std::string to = text();
    // Every other time mostly the same.
    if (i % 2 == 0)
      to = from.substr(0, from.size() / 2) + "x" + from.substr(from.size() / 2);
    SCOPED_TRACE(absl::StrCat(from, " ", to));
    if (from == to || to.empty()) continue;
    EXPECT_EQ(Patched(Lines(from), Diff(from, to)), Lines(to));
  }
}

}  // namespace
}  // namespace rollout::render
