// SPDX-License-Identifier: Apache-2.0
//
// On the control groups this machine has; what it lacks is skipped.

#include "agent/resources/controllers.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/resources/control_groups.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

using ::testing::HasSubstr;

class ControllersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto path = PrepareControlGroups(
        files_, absl::StrCat("controllers_test-", getpid()));
    if (!path.ok()) GTEST_SKIP() << path.status();
    path_ = *path;
  }
  void TearDown() override {
    rmdir((path_ + "/a").c_str());
    rmdir(path_.c_str());
  }

  PosixFileSystem files_;
  std::string path_;
};

TEST_F(ControllersTest, IsEnabledFromAboveDown) {
  const std::string controllers =
      files_.Read(path_.substr(0, path_.rfind('/')) + "/cgroup.controllers")
          .value_or("");
  const std::string any =
      controllers.substr(0, controllers.find_first_of(" \n"));
  if (any.empty()) GTEST_SKIP() << "no controller is of version 2 here";
  absl::Status enabled = EnableController(files_, path_, any);
  ASSERT_TRUE(enabled.ok()) << enabled;
  ASSERT_EQ(mkdir((path_ + "/a").c_str(), 0755), 0);
  EXPECT_EQ(files_.Read(path_ + "/a/cgroup.controllers").value_or(""),
            any + "\n");
  // Where a process is, the groups below can't have it.
  const std::string below = path_ + "/a/b";
  ASSERT_EQ(mkdir(below.c_str(), 0755), 0);
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  std::ofstream(path_ + "/a/cgroup.procs") << child << "\n";
  absl::Status refused = EnableController(files_, below, any);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("controlGroup"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(rmdir(below.c_str()), 0);
}

TEST_F(ControllersTest, SaysWhatIsMissing) {
  absl::Status missing = EnableController(files_, path_, "no-such");
  EXPECT_EQ(missing.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(missing.message()),
              HasSubstr("has no controller no-such"));
}

TEST_F(ControllersTest, FindsEachSomewhereOrSaysWhy) {
  const std::string name = absl::StrCat("controllers_test-", getpid());
  const Controllers found = PrepareControllers(files_, path_, name);
  for (const ControllerPlace* place :
       {&found.memory, &found.cpu, &found.pids}) {
    EXPECT_TRUE(place->unified || !place->holder.empty() ||
                place->problem.size() > 20)
        << place->problem;
    if (!place->holder.empty()) {
      EXPECT_EQ(mkdir(place->holder.c_str(), 0755), 0);
      EXPECT_EQ(access((place->holder + "/cgroup.procs").c_str(), W_OK), 0);
      EXPECT_EQ(rmdir(place->holder.c_str()), 0);
    }
  }
}

}  // namespace
}  // namespace rollout::agent
