// SPDX-License-Identifier: Apache-2.0
//
// What somebody sees who watches a rollout with a failing host: on a terminal
// of 80 columns and on one of 160. The frames are kept as a recording beside
// the test's log.

#include "tests/programs/terminal.h"

#include <stdlib.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"

namespace rollout::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::Duration kLimit = absl::Seconds(60);
constexpr char kPaused[] = "web: rollout 2 is Progressing, paused";
constexpr char kReason[] =
    "HostFailed: host host-1: its main process exited with status 3 before it "
    "listened";

struct Recording {
  // Each as it was seen, in their order, no two alike one after the other.
  std::vector<std::string> frames;
  bool colored = false;
  // Of the window, while the command ran.
  int lines_gone = 0;
  int exit_status = -1;
};

// What a person reads: without the breaks and the blanks of the layout.
std::string Read(const std::string& frame) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(frame, '\n')) {
    lines.emplace_back(absl::StripAsciiWhitespace(line));
  }
  return absl::StrJoin(lines, " ");
}

class TerminalTest : public ::testing::TestWithParam<int> {
 protected:
  // Three hosts that serve version 1.
  void SetUp() override {
    auto fleet = Fleet::Start(3);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    Site site(fleet_->directory(), 1);
    site.SetReady(true);
    absl::Status applied = operate().Apply(site.Manifest(fleet_->port()));
    ASSERT_TRUE(applied.ok()) << applied;
    auto end = operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok() && *end == End::kDone);
  }

  // Version 2, which does not start on the second host; then it waits for a
  // person.
  void ApplyFailing() {
    Site site(fleet_->directory(), 2);
    site.SetReady(true);
    ManifestFields fields = site.Fields(fleet_->port());
    fields.min_ready = absl::Seconds(2);
    std::vector<std::string>& command = fields.version.command;
    command = {"/bin/sh", "-c",
               absl::StrCat("test ${host.name} != host-1 || exit 3; exec ",
                            absl::StrJoin(command, " "))};
    absl::Status applied =
        operate().Apply(Manifest(fields) + "    onFailure: pause\n");
    ASSERT_TRUE(applied.ok()) << applied;
  }

  // A rollout that waits for a person is aborted.
  Recording Watch(std::vector<std::string> environment = {}) {
    programs::TerminalSettings settings;
    settings.directory = fleet_->directory();
    settings.columns = GetParam();
    settings.command = operate().CommandLine({"status", "web", "--watch"});
    settings.environment = std::move(environment);
    auto terminal = programs::Terminal::Start(settings);
    Recording recording;
    EXPECT_TRUE(terminal.ok()) << terminal.status();
    if (!terminal.ok()) return recording;
    bool aborted = false;
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      if (Look(**terminal, &recording)) return true;
      if (!aborted && !recording.frames.empty() &&
          absl::StrContains(recording.frames.back(), kPaused)) {
        aborted = true;
        EXPECT_TRUE(operate().Run({"abort", "web"}).ok());
      }
      return false;
    })) << absl::StrJoin(recording.frames, "\n==\n");
    return recording;
  }

  // Whether it is over.
  bool Look(const programs::Terminal& terminal, Recording* recording) {
    const std::optional<int> status = terminal.ExitStatus();
    const auto lines_gone = terminal.LinesGone();
    const auto seen = terminal.Look();
    const auto colors = terminal.Look(/*colors=*/true);
    for (const absl::Status& each :
         {lines_gone.status(), seen.status(), colors.status()}) {
      EXPECT_TRUE(each.ok()) << each;
      if (!each.ok()) return true;
    }
    recording->colored |= absl::StrContains(*colors, "\x1b[3") ||
                          absl::StrContains(*colors, "\x1b[2m");
    const std::string frame(absl::StripTrailingAsciiWhitespace(*seen));
    auto& frames = recording->frames;
    if (!frame.empty() && (frames.empty() || frames.back() != frame)) {
      frames.push_back(frame);
    }
    // What is said when it is over may move the tree up.
    if (absl::StrContains(frame, "is Progressing")) {
      recording->lines_gone = *lines_gone;
    }
    recording->exit_status = status.value_or(-1);
    return status.has_value();
  }

  // Beside the test's log, for people.
  void Keep(const Recording& recording) const {
    const char* directory = getenv("TEST_UNDECLARED_OUTPUTS_DIR");
    if (directory == nullptr) return;
    const std::string rule =
        absl::StrCat("\n", std::string(GetParam(), '='), "\n");
    EXPECT_TRUE(
        PosixFileSystem()
            .WriteAtomically(
                absl::StrCat(directory, "/status-watch-", GetParam(), ".txt"),
                absl::StrJoin(recording.frames, rule) + "\n")
            .ok());
  }

  const Operator& operate() const { return fleet_->operate(); }

  std::unique_ptr<Fleet> fleet_;
};

INSTANTIATE_TEST_SUITE_P(Columns, TerminalTest, ::testing::Values(80, 160));

TEST_P(TerminalTest, AFailingHostIsSeenWithItsReason) {
  ASSERT_NO_FATAL_FAILURE(ApplyFailing());
  const Recording recording = Watch();
  Keep(recording);
  EXPECT_EQ(recording.exit_status, static_cast<int>(End::kRolledBack));
  EXPECT_TRUE(recording.colored);
  // One tree, in place, until what is said after it moves it up.
  ASSERT_GT(recording.frames.size(), 3u);
  EXPECT_EQ(recording.lines_gone, 0);
  std::vector<std::string> read;
  for (const std::string& frame : recording.frames) {
    if (absl::StrContains(frame, "rolloutctl: ")) break;
    read.push_back(Read(frame));
  }
  EXPECT_THAT(read, Each(StartsWith("web: rollout 2 is ")));
  EXPECT_THAT(read, Contains(AllOf(HasSubstr("is Progressing"), HasSubstr("▒"),
                                   HasSubstr("of 3 hosts"))));
  // The whole of the reason, with the host and with the rollout.
  EXPECT_THAT(
      read,
      Contains(AllOf(HasSubstr(kPaused), HasSubstr(kReason),
                     ContainsRegex("host-1 +Failed .*exited with status 3"))));
  EXPECT_THAT(recording.frames.back(),
              HasSubstr("rolloutctl: web: rollout 2 is Aborted"));
}

TEST_P(TerminalTest, WithoutColorsWhereTheyAreNotWanted) {
  const Recording recording = Watch({"NO_COLOR=1"});
  EXPECT_EQ(recording.exit_status, 0);
  EXPECT_THAT(recording.frames, Contains(HasSubstr("serve the revision")));
  EXPECT_FALSE(recording.colored);
}

}  // namespace
}  // namespace rollout::e2e
