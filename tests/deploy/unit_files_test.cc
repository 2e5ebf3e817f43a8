// SPDX-License-Identifier: Apache-2.0
//
// What systemd itself says about the units, without a running one: see
// systemd-analyze(1).

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/deploy/control_command.h"
#include "tests/deploy/deployed_file.h"

namespace rollout::deploy {
namespace {

using ::testing::HasSubstr;

class UnitFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/units-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }

  void TearDown() override { std::filesystem::remove_all(directory_); }

  // The complaints about the unit, with `faults` made in it and a program that
  // is there; OK: none.
  absl::Status Verify(const std::string& program, Replacements faults = {}) {
    faults.emplace_back("=/usr/bin/" + program + " ", "=/bin/true ");
    auto unit = Place(program + ".service", faults);
    if (!unit.ok()) return unit.status();
    return Analyze({"verify", "--man=no", "--recursive-errors=no", *unit});
  }

  // OK: what a break-in into the unit's program could do is no more than
  // `most`, of 100.
  absl::Status Confined(const std::string& program, int most,
                        const Replacements& faults = {}) {
    auto unit = Place(program + ".service", faults);
    if (!unit.ok()) return unit.status();
    return Analyze({"security", "--offline=yes",
                    absl::StrCat("--threshold=", most), *unit});
  }

  // Copies a file of deploy/systemd to our directory; returns where.
  absl::StatusOr<std::string> Place(const std::string& name,
                                    const Replacements& replacements) {
    auto text = DeployedFile("systemd/" + name, replacements);
    if (!text.ok()) return text.status();
    const std::string path = absl::StrCat(directory_, "/", name);
    absl::Status written = PosixFileSystem().WriteAtomically(path, *text);
    if (!written.ok()) return written;
    return path;
  }

  static absl::Status Analyze(std::vector<std::string> words) {
    words.insert(words.begin(), {"/usr/bin/systemd-analyze", "--no-pager"});
    return Tell(std::move(words), {}).status();
  }

  std::string directory_;
};

TEST_F(UnitFiles, AreUnderstood) {
  EXPECT_EQ(Verify("rollout-agent"), absl::OkStatus());
  EXPECT_EQ(Verify("rollout-controller"), absl::OkStatus());
}

TEST_F(UnitFiles, WithAFaultAreComplainedOf) {
  struct Case {
    const char* program;
    Replacements faults;
    const char* complaint;
  };
  const Case kCases[] = {
      {"rollout-agent", {{"KillMode=", "KilMode="}}, "Unknown key"},
      {"rollout-agent", {{"KillMode=process", "KillMode=agent"}}, "kill mode"},
      {"rollout-agent",
       {{"[Install]", "ExecReload=/absent\n[Install]"}},
       "/absent is not executable"},
      {"rollout-controller",
       {{"@system-service", "@no-such-group"}},
       "no-such-group"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.complaint);
    EXPECT_THAT(Verify(c.program, c.faults).ToString(), HasSubstr(c.complaint));
  }
}

TEST_F(UnitFiles, ConfineTheController) {
  constexpr int kMost = 20;
  EXPECT_EQ(Confined("rollout-controller", kMost), absl::OkStatus());
  EXPECT_FALSE(Confined("rollout-controller", kMost,
                        {{"User=rollout-controller", "User=root"},
                         {"CapabilityBoundingSet=\n", ""}})
                   .ok());
}

// What confines the agent confines what it runs: one such line is too many.
TEST_F(UnitFiles, ConfineNoService) {
  constexpr int kUnconfined = 95;
  EXPECT_FALSE(Confined("rollout-agent", kUnconfined).ok());
  EXPECT_EQ(Confined("rollout-agent", kUnconfined,
                     {{"[Install]", "PrivateTmp=yes\n[Install]"}}),
            absl::OkStatus());
}

TEST_F(UnitFiles, ControllersUserIsMade) {
  const std::string drop_in = "/usr/lib/sysusers.d/rollout-controller.conf";
  PosixFileSystem files;
  auto users = DeployedFile("systemd/rollout-controller.sysusers", {});
  ASSERT_TRUE(users.ok()) << users.status();
  for (const char* made : {"/etc", "/usr/lib/sysusers.d"}) {
    ASSERT_TRUE(files.MakeDirectories(directory_ + made).ok());
  }
  ASSERT_TRUE(files.WriteAtomically(directory_ + drop_in, *users).ok());
  auto told = Tell({"/usr/bin/systemd-sysusers", "--root=" + directory_}, {});
  ASSERT_TRUE(told.ok()) << told.status();
  auto passwd = files.Read(directory_ + "/etc/passwd");
  ASSERT_TRUE(passwd.ok()) << passwd.status();
  EXPECT_THAT(*passwd, HasSubstr("rollout-controller:"));
  auto unit = DeployedFile("systemd/rollout-controller.service", {});
  ASSERT_TRUE(unit.ok()) << unit.status();
  EXPECT_THAT(*unit, HasSubstr("\nUser=rollout-controller\n"));
}

}  // namespace
}  // namespace rollout::deploy
