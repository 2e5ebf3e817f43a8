// SPDX-License-Identifier: Apache-2.0
//
// A swap for which something is missing on the host: it fails and says what,
// the old version goes on, and once there is enough again a swap works.

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/service_process.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::e2e {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(60);
constexpr char kPidsGroups[] = "/sys/fs/cgroup/pids";

// What is missing, while this lives.
class Shortage {
 public:
  virtual ~Shortage() = default;
};

// Not a byte is left on the disk of the agent's state.
class FullDisk : public Shortage {
 public:
  explicit FullDisk(const std::string& directory)
      : ballast_(directory + "/ballast") {
    std::ofstream file(ballast_);
    const std::string block(4096, 'b');
    while (file.write(block.data(), block.size()) && file.flush()) {
    }
  }
  ~FullDisk() override { std::filesystem::remove(ballast_); }

 private:
  const std::string ballast_;
};

// A process may open nothing more than it has open.
class FewDescriptors : public Shortage {
 public:
  explicit FewDescriptors(pid_t process) : process_(process) {
    rlimit none{3, 0};
    prlimit(process_, RLIMIT_NOFILE, nullptr, &before_);
    none.rlim_max = before_.rlim_max;
    prlimit(process_, RLIMIT_NOFILE, &none, nullptr);
  }
  ~FewDescriptors() override {
    prlimit(process_, RLIMIT_NOFILE, &before_, nullptr);
  }

 private:
  const pid_t process_;
  rlimit before_{};
};

// A process may start no other: pids.max of a control group of version 1.
class NoFork : public Shortage {
 public:
  explicit NoFork(pid_t process)
      : group_(absl::StrCat(kPidsGroups, "/rollout-e2e-", getpid(), "-",
                            process)) {
    std::filesystem::create_directory(group_);
    std::ofstream(group_ + "/cgroup.procs") << process << "\n";
    std::ofstream(group_ + "/pids.max") << 0 << "\n";
  }
  ~NoFork() override {
    std::ifstream members(group_ + "/cgroup.procs");
    for (pid_t member; members >> member;) {
      std::ofstream(absl::StrCat(kPidsGroups, "/cgroup.procs"))
          << member << "\n";
    }
    rmdir(group_.c_str());
  }

 private:
  const std::string group_;
};

struct Case {
  std::string name;
  // None: it cannot be made on this machine.
  std::function<std::unique_ptr<Shortage>(Fleet& fleet)> begin;
  // Words of the reason.
  std::string told;
};

pid_t ShimPid() { return FindProcess("rollout-shim").value_or(0); }

std::string StateDirectory(const std::string& host) { return host + "/state"; }

// The agent's own, on a disk of its own.
absl::StatusOr<std::vector<std::string>> AgentOnSmallDisk(
    const AgentFiles& files) {
  const std::string state = StateDirectory(files.directory);
  std::filesystem::create_directories(state);
  if (mount("none", state.c_str(), "tmpfs", 0, "size=64m,mode=0755") != 0) {
    return absl::ErrnoToStatus(errno, "mount a tmpfs");
  }
  return BareAgent(files);
}

class Scarce : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    auto fleet = Fleet::Start(1, AgentOnSmallDisk);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    ASSERT_NO_FATAL_FAILURE(ApplyVersion(1));
    ExpectEnd(End::kDone);
    load::LoadOptions options;
    options.address = fleet_->Target(0);
    options.clients = 4;
    auto load = load::ConnectionLoad::Start(options);
    ASSERT_TRUE(load.ok()) << load.status();
    load_ = *std::move(load);
  }

  void TearDown() override {
    load_.reset();
    if (fleet_ == nullptr) return;
    const std::string directory = fleet_->directory();
    fleet_.reset();
    umount2(StateDirectory(directory + "/host-0").c_str(), MNT_DETACH);
    std::filesystem::remove_all(directory);
  }

  void ApplyVersion(int number) {
    Site site(fleet_->directory(), number);
    site.SetReady(true);
    ManifestFields fields = site.Fields(fleet_->port());
    fields.startup_timeout = absl::Seconds(3);
    // An artifact that is not there already.
    const std::string program =
        absl::StrCat(fleet_->directory(), "/program-", number);
    const std::string text =
        absl::StrCat("#!/bin/sh\n# version ", number,
                     "\nexec /usr/bin/python3 -m http.server \"$@\"\n");
    std::ofstream(program) << text << std::flush;
    fields.version.artifact_url = "file://" + program;
    fields.version.sha256 = Sha256Of(text);
    absl::Status applied = fleet_->operate().Apply(Manifest(fields));
    ASSERT_TRUE(applied.ok()) << applied;
  }

  void ExpectEnd(End wanted) {
    auto end = fleet_->operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(*end, wanted);
  }

  // Until rollout 2 is on its way back. An agent that cannot probe cannot say
  // that it has come there.
  void AwaitFailure() {
    v1::Rollout rollout;
    ASSERT_TRUE(WaitUntil(kLimit, [&] {
      auto status = fleet_->operate().Status("web");
      if (status.ok()) rollout = status->rollout();
      return rollout.number() == 2 && (rollout.phase() == v1::ROLLING_BACK ||
                                       rollout.phase() == v1::ROLLED_BACK);
    })) << rollout.DebugString();
  }

  void AwaitAnswersOf(int version) {
    auto count = [&] {
      const load::LoadResult result = load_->Result();
      auto found = result.bodies().find(absl::StrCat("version ", version));
      return found == result.bodies().end() ? 0 : found->second;
    };
    const int64_t before = count();
    EXPECT_TRUE(WaitUntil(kLimit, [&] { return count() > before + 100; }))
        << "version " << version << ": " << load_->Result().ToJson();
  }

  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<load::ConnectionLoad> load_;
};

TEST_P(Scarce, FailsClearlyAndLeavesTheOldOneServing) {
  std::unique_ptr<Shortage> shortage = GetParam().begin(*fleet_);
  if (shortage == nullptr) GTEST_SKIP() << "cannot be made on this machine";
  ASSERT_NO_FATAL_FAILURE(ApplyVersion(2));
  ASSERT_NO_FATAL_FAILURE(AwaitFailure());
  AwaitAnswersOf(1);
  shortage.reset();
  ExpectEnd(End::kRolledBack);
  auto told = fleet_->operate().Run({"status", "web"});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_THAT(told->output, HasSubstr(GetParam().told));

  ASSERT_NO_FATAL_FAILURE(ApplyVersion(3));
  ExpectEnd(End::kDone);
  AwaitAnswersOf(3);
  load_->Stop();
  const load::LoadResult result = load_->Result();
  EXPECT_EQ(result.failed(), 0) << result.ToJson();
  EXPECT_EQ(result.bodies().count("version 2"), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Of, Scarce,
    ::testing::Values(
        Case{"Disk",
             [](Fleet& fleet) {
               return std::make_unique<FullDisk>(
                   StateDirectory(fleet.directory() + "/host-0"));
             },
             "No space left on device"},
        Case{"DescriptorsOfTheAgent",
             [](Fleet& fleet) {
               return std::make_unique<FewDescriptors>(fleet.agent(0).pid());
             },
             "Too many open files"},
        Case{"DescriptorsOfTheShim",
             [](Fleet&) { return std::make_unique<FewDescriptors>(ShimPid()); },
             "Too many open files"},
        Case{"Processes",
             [](Fleet&) {
               return std::filesystem::exists(kPidsGroups)
                          ? std::make_unique<NoFork>(ShimPid())
                          : nullptr;
             },
             "Resource temporarily unavailable"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rollout::e2e
