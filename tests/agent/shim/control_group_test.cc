// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/control_group.h"

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

namespace rollout::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ControlGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto path = agent::PrepareControlGroups(
        files_, absl::StrCat("control_group_test-", getpid()));
    if (!path.ok()) GTEST_SKIP() << path.status();
    path_ = *path;
  }
  void TearDown() override {
    if (path_.empty()) return;
    EXPECT_EQ(rmdir(path_.c_str()), 0) << strerror(errno);
  }

  // A process in the group, until it is ended.
  static pid_t Put(const std::string& group) {
    const pid_t child = fork();
    if (child == 0) {
      pause();
      _exit(0);
    }
    std::ofstream(group + "/cgroup.procs") << child << "\n";
    return child;
  }

  static void End(pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }

  PosixFileSystem files_;
  std::string path_;
};

TEST_F(ControlGroupTest, ListsAndEndsWhatIsInItAndBelow) {
  const std::string path = path_ + "/web-1";
  auto group = ControlGroup::Create(path);
  ASSERT_TRUE(group.ok()) << group.status();
  EXPECT_THAT(*(*group)->Processes(), IsEmpty());
  const pid_t first = Put(path);
  ASSERT_EQ(mkdir((path + "/a").c_str(), 0755), 0);
  ASSERT_EQ(mkdir((path + "/a/b").c_str(), 0755), 0);
  const pid_t second = Put(path + "/a/b");
  EXPECT_THAT(*(*group)->Processes(), UnorderedElementsAre(first, second));
  EXPECT_FALSE((*group)->Remove().ok());
  EXPECT_THAT(*(*group)->Processes(), UnorderedElementsAre(first, second));
  (*group)->Kill();
  for (pid_t child : {first, second}) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
  }
  EXPECT_TRUE((*group)->Remove().ok());
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST_F(ControlGroupTest, IsMadeAnewWhereAnEmptyOneIs) {
  const std::string path = path_ + "/web-1";
  auto old = ControlGroup::Create(path);
  ASSERT_TRUE(old.ok()) << old.status();
  auto made = ControlGroup::Create(path);
  ASSERT_TRUE(made.ok()) << made.status();
  const pid_t child = Put(path);
  // Who held the old one sees that it is gone, not whom the new one has.
  EXPECT_FALSE((*old)->Processes().ok());
  (*old)->Kill();
  EXPECT_THAT(*(*made)->Processes(), ElementsAre(child));
  EXPECT_FALSE(ControlGroup::Create(path).ok());
  End(child);
}

TEST_F(ControlGroupTest, IsNoOrdinaryDirectory) {
  auto group = ControlGroup::Create(::testing::TempDir() + "/no_group");
  EXPECT_EQ(group.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ControlGroupTest, TheAgentRemovesEmptyOnes) {
  ASSERT_EQ(mkdir((path_ + "/web-1").c_str(), 0755), 0);
  ASSERT_EQ(mkdir((path_ + "/web-2").c_str(), 0755), 0);
  const pid_t child = Put(path_ + "/web-2");
  auto again = agent::PrepareControlGroups(
      files_, absl::StrCat("control_group_test-", getpid()));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, path_);
  EXPECT_NE(access((path_ + "/web-1").c_str(), F_OK), 0);
  EXPECT_EQ(access((path_ + "/web-2").c_str(), F_OK), 0);
  End(child);
  EXPECT_EQ(rmdir((path_ + "/web-2").c_str()), 0);
}

}  // namespace
}  // namespace rollout::shim
