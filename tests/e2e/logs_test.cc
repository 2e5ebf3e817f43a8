// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl logs: what a service writes reaches a person who follows it, over
// a swap, rotations and the loss of the agent, in order and without a gap.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/manifest.h"
#include "tests/e2e/process.h"
#include "tests/e2e/wait_until.h"

namespace rollout::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kLimit = absl::Seconds(60);

// Serves, and counts aloud: ten lines each 5 ms.
constexpr char kTalker[] = R"(#!/usr/bin/python3 -u
import http.server, sys, threading, time
class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
def talk():
    count = 0
    while True:
        text = ""
        for i in range(10):
            count += 1
            text += "version $0 says %d %s\n" % (count, "." * 100)
        sys.stdout.write(text)
        sys.stdout.flush()
        time.sleep(0.005)
threading.Thread(target=talk, daemon=True).start()
http.server.HTTPServer((sys.argv[1], int(sys.argv[2])), Quiet).serve_forever()
)";

// How far each version has counted, by the lines of a "logs" that are whole;
// with what is wrong about them.
struct Heard {
  int64_t versions[3] = {0, 0, 0};
  std::string fault;
};

Heard Listen(const std::string& log) {
  Heard heard;
  std::vector<absl::string_view> lines = absl::StrSplit(log, '\n');
  // The last one is not whole, or empty.
  lines.pop_back();
  for (absl::string_view line : lines) {
    for (int version : {1, 2}) {
      absl::string_view rest = line;
      if (!absl::ConsumePrefix(&rest, absl::StrCat("[", version, "] version ",
                                                   version, " says "))) {
        continue;
      }
      int64_t count = 0;
      if (!absl::SimpleAtoi(rest.substr(0, rest.find(' ')), &count) ||
          count != heard.versions[version] + 1 || !absl::EndsWith(rest, "..")) {
        heard.fault = std::string(line);
      }
      heard.versions[version] = count;
    }
    if (absl::StartsWith(line, "--")) heard.fault = std::string(line);
  }
  return heard;
}

class LogsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto fleet = Fleet::Start(1);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
  }

  // A plan for that version of the talker, whose output is rotated at 64 KiB.
  std::string ManifestOf(int version, int keep) {
    const std::string program =
        absl::StrCat(fleet_->directory(), "/talker-", version);
    const std::string text =
        absl::StrReplaceAll(kTalker, {{"$0", absl::StrCat(version)}});
    EXPECT_TRUE(PosixFileSystem().WriteAtomically(program, text).ok());
    ManifestFields fields;
    fields.version.artifact_url = "file://" + program;
    fields.version.sha256 = Sha256Of(text);
    fields.version.command = {"${artifact}", "${host.address}",
                              absl::StrCat(fleet_->port())};
    fields.version.signal = "TERM";
    fields.port = fleet_->port();
    fields.keep_warm = absl::ZeroDuration();
    return absl::StrCat(Manifest(fields), "  output: {rotate: {size: 64Ki}, ",
                        "keep: ", keep, "}\n");
  }

  std::unique_ptr<Process> StartLogs(const std::string& name,
                                     std::vector<std::string> more) {
    std::vector<std::string> words = {"logs", "host-0", "web"};
    words.insert(words.end(), more.begin(), more.end());
    auto started = Process::Start(fleet_->operate().CommandLine(words),
                                  absl::StrCat(fleet_->directory(), "/", name));
    EXPECT_TRUE(started.ok()) << started.status();
    return *std::move(started);
  }
  std::string Log(const std::string& name) const {
    return PosixFileSystem()
        .Read(absl::StrCat(fleet_->directory(), "/", name))
        .value_or("");
  }
  std::vector<std::string> OutputFiles() const {
    auto names = PosixFileSystem().List(fleet_->directory() +
                                        "/host-0/state/services/web");
    std::vector<std::string> files;
    for (const std::string& name : names.value_or(files)) {
      if (absl::StartsWith(name, "output.log")) files.push_back(name);
    }
    return files;
  }

  std::unique_ptr<Fleet> fleet_;
};

TEST_F(LogsTest, FollowsOverASwapRotationsAndTheLossOfTheAgent) {
  const Operator& operate = fleet_->operate();
  ASSERT_TRUE(operate.Apply(ManifestOf(1, 1000)).ok());
  ASSERT_EQ(*operate.Follow("web", kLimit), End::kDone);
  auto follower = StartLogs("follow", {"-f"});
  ASSERT_TRUE(WaitUntil(
      kLimit, [&] { return Listen(Log("follow")).versions[1] > 1000; }));
  ASSERT_TRUE(operate.Apply(ManifestOf(2, 1000)).ok());
  ASSERT_EQ(*operate.Follow("web", kLimit), End::kDone);
  ASSERT_TRUE(WaitUntil(
      kLimit, [&] { return Listen(Log("follow")).versions[2] > 3000; }));
  ASSERT_TRUE(WaitUntil(kLimit, [&] { return OutputFiles().size() > 5; }));
  Heard heard = Listen(Log("follow"));
  EXPECT_EQ(heard.fault, "");
  EXPECT_GT(heard.versions[1], 1000);
  EXPECT_TRUE(follower->Running());

  // Whoever comes later finds all of it again, compressed or not, and what an
  // agent that was killed meanwhile had under way.
  for (int i = 0; i < 3; ++i) {
    const size_t files = OutputFiles().size();
    ASSERT_TRUE(
        WaitUntil(kLimit, [&] { return OutputFiles().size() > files; }));
    fleet_->KillAgent(0);
    ASSERT_TRUE(fleet_->StartAgent(0).ok());
    ASSERT_TRUE(fleet_->AwaitConnected().ok());
  }
  // The follower goes on where it was.
  EXPECT_THAT(Log("follow"), HasSubstr("host host-0 went away"));
  const int64_t before = Listen(Log("follow")).versions[2];
  EXPECT_TRUE(WaitUntil(kLimit, [&] {
    return Listen(Log("follow")).versions[2] > before + 1000;
  }));
  EXPECT_EQ(Listen(Log("follow")).fault, "");
  auto told = operate.Run({"logs", "host-0", "web"});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->exit_code, 0);
  Heard all = Listen(told->output);
  EXPECT_EQ(all.fault, "");
  EXPECT_GE(all.versions[1], heard.versions[1]);
  EXPECT_GT(all.versions[2], heard.versions[2]);

  told = operate.Run(
      {"logs", "host-0", "web", "--generation", "1", "--tail", "3"});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_THAT(told->output, Not(HasSubstr("[1]")));
  EXPECT_EQ(std::count(told->output.begin(), told->output.end(), '\n'), 3);

  // Fewer files are to be kept: no rollout, and no wait.
  ASSERT_TRUE(operate.Apply(ManifestOf(2, 2)).ok());
  EXPECT_TRUE(WaitUntil(kLimit, [&] { return OutputFiles().size() <= 4; }));
  EXPECT_EQ(operate.Status("web")->rollout().number(), 2);
}

}  // namespace
}  // namespace rollout::e2e
