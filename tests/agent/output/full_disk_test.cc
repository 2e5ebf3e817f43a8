// SPDX-License-Identifier: Apache-2.0
//
// Output on a real full disk: a small tmpfs in a mount namespace of our own.

#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/output/log_reader.h"
#include "agent/output/rotation.h"
#include "agent/shim/output.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::output {
namespace {

namespace fs = std::filesystem;

class FullDiskTest : public ::testing::Test {
 protected:
  // Of this thread, in which all works.
  void SetUp() override {
    if (unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "needs CAP_SYS_ADMIN";
    ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    fs::create_directories(disk_);
    ASSERT_EQ(mount("none", disk_.c_str(), "tmpfs", 0, "size=1m"), 0);
    ASSERT_TRUE(file_.Open(LivePath(disk_.string())).ok());
  }

  void Fill(const std::string& name, size_t bytes) {
    std::ofstream(disk_ / name) << std::string(bytes, 'x');
  }
  // Lines that do not get much smaller.
  void Append(int lines) {
    for (int i = 0; i < lines; ++i) {
      file_.Append(1, Sha256Of(absl::StrCat(++written_)));
    }
  }
  absl::Status Pass(absl::Duration later = absl::ZeroDuration()) {
    RotationPolicy policy;
    policy.size = 50'000;
    return rotation_.Pass(policy, absl::Now() + later);
  }
  // How many lines there are, and how many are told to be missing.
  std::pair<uint64_t, uint64_t> Read() {
    std::pair<uint64_t, uint64_t> read;
    LogReader reader(&files_, disk_.string());
    absl::Status status = reader.ReadNew([&](const Line& line, uint64_t lost) {
      ++read.first;
      read.second += lost;
      // One that was cut is shown as far as it got.
      EXPECT_TRUE(
          absl::StartsWith(Sha256Of(absl::StrCat(line.sequence)), line.text));
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    return read;
  }

  const fs::path disk_ = fs::path(::testing::TempDir()) / "full_disk_test";
  PosixFileSystem files_;
  shim::OutputFile file_;
  int written_ = 0;
  Rotation rotation_{&files_, disk_.string()};
};

TEST_F(FullDiskTest, CostsLinesThatAreCountedAndNothingElse) {
  Append(3000);
  EXPECT_TRUE(Pass().ok());
  Append(10);
  // There is no room for the compressed file.
  Fill("others", 1 << 20);
  absl::Status passed = Pass();
  EXPECT_TRUE(absl::IsResourceExhausted(passed)) << passed;
  EXPECT_FALSE(fs::exists(disk_ / "output.log.1.zst.new"));
  EXPECT_TRUE(fs::exists(disk_ / "output.log.1"));
  Append(3000);
  EXPECT_GT(file_.lost_lines(), 2000u);
  EXPECT_TRUE(Pass().ok()) << "not tried again so soon";

  fs::remove(disk_ / "others");
  Append(10);
  EXPECT_TRUE(Pass(absl::Minutes(2)).ok());
  EXPECT_TRUE(fs::exists(disk_ / "output.log.1.zst"));
  EXPECT_FALSE(fs::exists(disk_ / "output.log.1"));
  auto [read, lost] = Read();
  EXPECT_EQ(read + lost, 6020u);
  EXPECT_GE(lost + 1, file_.lost_lines()) << "the first is cut, not missing";
  EXPECT_LE(lost, file_.lost_lines());
}

}  // namespace
}  // namespace rollout::output
