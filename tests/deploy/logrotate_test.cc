// SPDX-License-Identifier: Apache-2.0
//
// The example for services that write files of their own, under logrotate(8).

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/deploy/control_command.h"
#include "tests/deploy/deployed_file.h"

namespace rollout::deploy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kGroups[] =
    "/sys/fs/cgroup/system.slice/rollout-agent.service/rollout-*/web-*";

class Logrotate : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/logrotate-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    // What others may write to, logrotate does not rotate.
    ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
    for (const char* made : {"/log", "/groups/web-1", "/groups/web-2"}) {
      ASSERT_TRUE(files_.MakeDirectories(directory_ + made).ok());
    }
  }
  void TearDown() override {
    for (pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
  }

  absl::StatusOr<std::string> Run(const std::vector<std::string>& flags,
                                  const Replacements& faults = {}) {
    Replacements replacements = {{"/var/log/web", directory_ + "/log"},
                                 {kGroups, directory_ + "/groups/web-*"}};
    replacements.insert(replacements.end(), faults.begin(), faults.end());
    auto text = DeployedFile("logrotate/web", replacements);
    if (!text.ok()) return text.status();
    const std::string path = directory_ + "/web";
    absl::Status written = files_.WriteAtomically(path, *text);
    if (!written.ok()) return written;
    std::vector<std::string> command = {"/usr/sbin/logrotate", "--state",
                                        directory_ + "/state"};
    command.insert(command.end(), flags.begin(), flags.end());
    command.push_back(path);
    return Tell(command, {"PATH=/usr/bin:/bin"});
  }

  // A generation's main process: ends with status 7 at USR1.
  pid_t StartService(const std::string& group) {
    pid_t child = fork();
    if (child == 0) {
      signal(SIGUSR1, [](int) { _exit(7); });
      for (;;) pause();
    }
    children_.push_back(child);
    EXPECT_TRUE(
        files_
            .WriteAtomically(directory_ + "/groups/" + group + "/cgroup.procs",
                             absl::StrCat(child, "\n"))
            .ok());
    return child;
  }

  bool EndsAtItsSignal(pid_t child) {
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 7;
  }

  PosixFileSystem files_;
  std::string directory_;
  std::vector<pid_t> children_;
};

TEST_F(Logrotate, UnderstandsTheExample) {
  auto told = Run({"--debug"});
  EXPECT_TRUE(told.ok()) << told.status();
  EXPECT_FALSE(Run({"--debug"}, {{"rotate 7", "rotate seven"}}).ok());
  EXPECT_FALSE(Run({"--debug"}, {{"    endscript\n", ""}}).ok());
}

TEST_F(Logrotate, RotatesAndTellsEveryGeneration) {
  const std::string log = directory_ + "/log/access.log";
  ASSERT_TRUE(files_.WriteAtomically(log, "a line\n").ok());
  pid_t old_one = StartService("web-1"), new_one = StartService("web-2");
  auto told = Run({"--force"});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_TRUE(EndsAtItsSignal(old_one));
  EXPECT_TRUE(EndsAtItsSignal(new_one));
  children_.clear();
  EXPECT_EQ(*files_.Read(log + ".1"), "a line\n");
  EXPECT_EQ(*files_.Read(log), "");
  // The next time it is compressed.
  ASSERT_TRUE(files_.WriteAtomically(log, "another\n").ok());
  for (const char* group : {"web-1", "web-2"}) {
    std::filesystem::remove_all(directory_ + "/groups/" + group);
  }
  told = Run({"--force"});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_THAT(*files_.List(directory_ + "/log"),
              ElementsAre("access.log", "access.log.1", "access.log.2.zst"));
}

TEST_F(Logrotate, MissingFilesAreFine) {
  std::filesystem::remove_all(directory_ + "/log");
  auto told = Run({"--force"});
  EXPECT_TRUE(told.ok()) << told.status();
}

}  // namespace
}  // namespace rollout::deploy
