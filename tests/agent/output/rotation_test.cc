// SPDX-License-Identifier: Apache-2.0

#include "agent/output/rotation.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/output/line_reader.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/output/forgetful_files.h"

namespace rollout::output {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Files cannot be written, as on a disk that is full.
class FullDisk : public PosixFileSystem {
 public:
  absl::Status Rename(absl::string_view from, absl::string_view to) override {
    if (full_) return absl::ResourceExhaustedError("disk full");
    return PosixFileSystem::Rename(from, to);
  }
  void SetFull(bool full) { full_ = full; }

 private:
  bool full_ = false;
};

class RotationTest : public ::testing::Test {
 protected:
  RotationTest() {
    directory_ = absl::StrCat(
        ::testing::TempDir(), "/",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    rotation_ = std::make_unique<Rotation>(&files_, directory_);
    policy_.size = 100;
    policy_.every = absl::Hours(24);
    policy_.keep = 3;
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/" + name, std::ios::app) << text;
  }
  absl::Status Pass(absl::Duration later = absl::ZeroDuration()) {
    return rotation_->Pass(policy_, absl::Now() + later);
  }
  // The names there.
  std::vector<std::string> Names() { return files_.List(directory_).value(); }

  std::string directory_;
  FullDisk files_;
  RotationPolicy policy_;
  std::unique_ptr<Rotation> rotation_;
};

TEST_F(RotationTest, RotatesWhatIsLargeAndCompressesItOnceItIsComplete) {
  EXPECT_TRUE(Pass().ok()) << "no file is fine";
  Write("output.log", "1 1 short\n");
  EXPECT_TRUE(Pass().ok());
  EXPECT_THAT(Names(), ElementsAre("output.log"));
  Write("output.log", absl::StrCat("2 1 ", std::string(100, 'x'), "\n"));
  EXPECT_TRUE(Pass().ok());
  EXPECT_THAT(Names(), ElementsAre("output.log.1"));
  // Its shim may still write there, and would look there for its last number.
  EXPECT_TRUE(Pass().ok());
  Write("output.log", "");
  EXPECT_TRUE(Pass().ok());
  EXPECT_THAT(Names(), ElementsAre("output.log", "output.log.1"));
  Write("output.log", "3 1 new\n");
  EXPECT_TRUE(Pass().ok());
  EXPECT_THAT(Names(), ElementsAre("output.log", "output.log.1.zst"));
  auto reader = LineReader::OpenCompressed(directory_ + "/output.log.1.zst");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->NextOfComplete()->value().text, "short");
  EXPECT_EQ((*reader)->NextOfComplete()->value().sequence, 2u);
  EXPECT_FALSE((*reader)->NextOfComplete()->has_value());
}

TEST_F(RotationTest, RotatesWhatIsOld) {
  Write("output.log", "1 1 a\n");
  EXPECT_TRUE(Pass(absl::Hours(23)).ok());
  EXPECT_THAT(Names(), ElementsAre("output.log"));
  EXPECT_TRUE(Pass(absl::Hours(25)).ok());
  EXPECT_THAT(Names(), ElementsAre("output.log.1"));
}

TEST_F(RotationTest, KeepsTheNewest) {
  const std::string line = std::string(200, 'x');
  for (int i = 1; i <= 6; ++i) {
    Write("output.log", absl::StrCat(i, " 1 ", line, "\n"));
    EXPECT_TRUE(Pass().ok());
  }
  EXPECT_THAT(Names(), ElementsAre("output.log.4.zst", "output.log.5.zst",
                                   "output.log.6"));
}

TEST_F(RotationTest, CleansUpAfterOneThatWasKilled) {
  Write("output.log", "9 1 live\n");
  Write("output.log.1", "1 1 a\n");
  Write("output.log.1.zst", "complete: it was renamed");
  Write("output.log.2", "2 1 b\n");
  Write("output.log.2.zst.new", "half");
  Write("output.log.x", "not ours");
  Write("output.log.03", "not ours");
  EXPECT_TRUE(Pass().ok());
  EXPECT_THAT(Names(),
              ElementsAre("output.log", "output.log.03", "output.log.1.zst",
                          "output.log.2.zst", "output.log.x"));
}

TEST_F(RotationTest, AFullDiskCostsNothingButRoom) {
  Write("output.log", absl::StrCat("2 1 ", std::string(200, 'x'), "\n"));
  Write("output.log.1", "1 1 a\n");
  files_.SetFull(true);
  EXPECT_TRUE(absl::IsResourceExhausted(Pass()));
  // What was there is there, and its compression is not tried all the time.
  EXPECT_THAT(Names(), testing::Contains("output.log.1"));
  files_.SetFull(false);
  EXPECT_TRUE(Pass().ok());
  EXPECT_THAT(Names(), testing::Contains("output.log.2"));
}

TEST_F(RotationTest, NothingIsRenamedOverWhatAListingPassedOver) {
  Write("output.log.1", "1 1 a\n");
  Write("output.log.2", "2 1 b\n");
  Write("output.log.3.zst", "compressed");
  Write("output.log", std::string(200, 'x'));
  ForgetfulFiles files({"output.log.2", "output.log.3.zst"});
  EXPECT_TRUE(Rotation(&files, directory_).Pass(policy_, absl::Now()).ok());
  EXPECT_THAT(Names(), ElementsAre("output.log.2.zst", "output.log.3.zst",
                                   "output.log.4"));
}

// A shim that begins anew looks for its last number in the newest plain one
// when the live one has none.
TEST_F(RotationTest, ALineThatAFullDiskCutDoesNotShowThatTheShimHasLeft) {
  Write("output.log.1", "1 1 a\n");
  Write("output.log", "2 1");
  EXPECT_TRUE(Pass().ok());
  EXPECT_THAT(Names(), ElementsAre("output.log", "output.log.1"));
}

TEST_F(RotationTest, AMissingDirectoryIsFine) {
  std::filesystem::remove_all(directory_);
  EXPECT_TRUE(Pass().ok());
}

}  // namespace
}  // namespace rollout::output
