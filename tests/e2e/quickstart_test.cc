// SPDX-License-Identifier: Apache-2.0
//
// What a newcomer does first, with programs already built.

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/subprocess.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::e2e {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Quickstart : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rollout-quickstart-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    root_ = pattern;
    fs::create_directories(root_ / "programs");
    for (const char* program :
         {"agent/rollout-agent", "agent/shim/rollout-shim", "tests/load/load",
          "controller/rollout-controller", "rolloutctl/rolloutctl"}) {
      fs::create_symlink(fs::current_path() / program,
                         root_ / "programs" / fs::path(program).filename());
    }
  }

  void TearDown() override { fs::remove_all(root_); }

  CommandResult Run(std::vector<std::string> arguments) {
    Command command;
    command.arguments = std::move(arguments);
    command.arguments.insert(command.arguments.begin(),
                             (fs::current_path() / "deploy/quickstart"));
    command.environment = {
        absl::StrCat("ROLLOUT_QUICKSTART_DIR=", State().string()),
        absl::StrCat("ROLLOUT_QUICKSTART_PROGRAMS=", root_.string(),
                     "/programs"),
        "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"};
    command.output_limit = 1 << 20;
    command.timeout = absl::Minutes(4);
    auto result = RunCommand(command);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult{});
  }

  fs::path State() const { return root_ / "state"; }

  // Processes that run one of the quickstart's copies of our programs.
  std::vector<std::string> Running() const {
    std::vector<std::string> running;
    for (const auto& process : fs::directory_iterator("/proc")) {
      std::error_code gone;
      fs::path program = fs::read_symlink(process.path() / "exe", gone);
      if (absl::StartsWith(program.string(), State().string())) {
        running.push_back(program.string());
      }
    }
    return running;
  }

  fs::path root_;
};

// The rows of hosts in the table at the end.
std::vector<std::string> HostRows(const std::string& output) {
  size_t table = output.find("SWITCHOVER");
  std::vector<std::string> rows;
  if (table == std::string::npos) return rows;
  for (absl::string_view line : absl::StrSplit(output.substr(table), '\n')) {
    if (absl::StartsWith(line, "host-")) rows.emplace_back(line);
  }
  return rows;
}

TEST_F(Quickstart, ShowsAnUpdateThatLosesNothingAndMayBeRepeated) {
  for (const char* time : {"first", "again"}) {
    SCOPED_TRACE(time);
    CommandResult result = Run({});
    ASSERT_EQ(result.wait_status, 0) << result.output;
    std::vector<std::string> rows = HostRows(result.output);
    EXPECT_THAT(rows, SizeIs(3)) << result.output;
    for (const std::string& row : rows) {
      // host, startup ms, switchover ms, drain ms, served, failed, slowest ms
      std::vector<std::string> cells =
          absl::StrSplit(row, ' ', absl::SkipEmpty());
      ASSERT_THAT(cells, SizeIs(11)) << row;
      EXPECT_GT(std::stoi(cells[7]), 100) << row;
      EXPECT_EQ(cells[8], "0") << row;
    }
    EXPECT_THAT(result.output, HasSubstr("deploy/quickstart stop"));
    // Controller, agents, shims with their keepers.
    EXPECT_THAT(Running(), SizeIs(10));
  }
  CommandResult stopped = Run({"stop"});
  EXPECT_EQ(stopped.wait_status, 0) << stopped.output;
  EXPECT_THAT(Running(), IsEmpty());
}

TEST_F(Quickstart, LeavesAStrangersDirectoryAlone) {
  fs::create_directories(State());
  CommandResult result = Run({});
  EXPECT_NE(result.wait_status, 0);
  EXPECT_THAT(result.output, HasSubstr("set ROLLOUT_QUICKSTART_DIR"));
  EXPECT_TRUE(fs::is_empty(State()));
}

}  // namespace
}  // namespace rollout::e2e
