// SPDX-License-Identifier: Apache-2.0

#include "agent/output/log_reader.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/output/rotation.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/output/forgetful_files.h"

namespace rollout::output {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LogReaderTest : public ::testing::Test {
 protected:
  LogReaderTest() {
    directory_ = absl::StrCat(
        ::testing::TempDir(), "/",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/" + name, std::ios::app) << text;
  }
  // As the agent rotates, and compresses what was rotated before.
  void Rotate() {
    RotationPolicy policy;
    policy.size = 1;
    ASSERT_TRUE(Rotation(&files_, directory_).Pass(policy, absl::Now()).ok());
  }
  // "3 of 1: text", "(2 lost)" in front.
  std::vector<std::string> New(LogReader& reader) {
    std::vector<std::string> lines;
    absl::Status read = reader.ReadNew([&](const Line& line, uint64_t lost) {
      lines.push_back(absl::StrCat(
          lost > 0 ? absl::StrCat("(", lost, " lost) ") : "", line.sequence,
          " of ", line.generation, ": ", line.text));
      return true;
    });
    EXPECT_TRUE(read.ok()) << read;
    return lines;
  }
  std::vector<std::string> Tail(uint64_t count, int64_t generation = 0) {
    LogReader reader(&files_, directory_);
    EXPECT_TRUE(reader.StartAtTail(count, generation).ok());
    return New(reader);
  }
  std::vector<std::string> All() {
    LogReader reader(&files_, directory_);
    return New(reader);
  }

  PosixFileSystem files_;
  std::string directory_;
};

TEST_F(LogReaderTest, ReadsAllFilesInOrder) {
  EXPECT_THAT(All(), IsEmpty());
  Write("output.log", "1 1 a\n2 1 b b\n");
  Rotate();
  Write("output.log", "3 1 \n4 2 c\n");
  Rotate();
  Write("output.log", "5 2 d\n6 2 unfinis");
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/output.log.1.zst"));
  EXPECT_THAT(All(), ElementsAre("1 of 1: a", "2 of 1: b b",
                                 "3 of 1: ", "4 of 2: c", "5 of 2: d"));
}

TEST_F(LogReaderTest, FollowsOverRotations) {
  LogReader reader(&files_, directory_);
  Write("output.log", "1 1 a\n");
  EXPECT_THAT(New(reader), ElementsAre("1 of 1: a"));
  Write("output.log", "2 1 b\n3 1 half");
  EXPECT_THAT(New(reader), ElementsAre("2 of 1: b"));
  Rotate();
  // The shim has not seen it yet and writes there still.
  Write("output.log.1", " and half\n");
  EXPECT_THAT(New(reader), ElementsAre("3 of 1: half and half"));
  EXPECT_THAT(New(reader), IsEmpty());
  Write("output.log", "4 1 c\n");
  Rotate();
  Write("output.log", "5 1 d\n");
  Rotate();
  EXPECT_THAT(New(reader), ElementsAre("4 of 1: c", "5 of 1: d"));
}

TEST_F(LogReaderTest, TellsWhatIsMissing) {
  Write("output.log", "4 1 a\n5 1 b\n9 1 c\n");
  EXPECT_THAT(All(),
              ElementsAre("4 of 1: a", "5 of 1: b", "(3 lost) 9 of 1: c"));
  LogReader reader(&files_, directory_);
  New(reader);
  // Removed before it was read.
  Rotate();
  std::filesystem::remove(directory_ + "/output.log.1");
  Write("output.log", "12 1 d\n");
  EXPECT_THAT(New(reader), ElementsAre("(2 lost) 12 of 1: d"));
}

TEST_F(LogReaderTest, CountsBackOverFiles) {
  for (int i = 1; i <= 9; ++i) {
    Write("output.log", absl::StrCat(i, " ", i % 3 == 0 ? 2 : 1, " x\n"));
    if (i % 2 == 0) Rotate();
  }
  EXPECT_THAT(Tail(1), ElementsAre("9 of 2: x"));
  EXPECT_THAT(Tail(3), ElementsAre("7 of 1: x", "8 of 1: x", "9 of 2: x"));
  EXPECT_THAT(Tail(100), testing::SizeIs(9));
  // Two of generation 2, and what others wrote since.
  EXPECT_THAT(Tail(2, 2), testing::SizeIs(4));
  LogReader reader(&files_, directory_);
  EXPECT_TRUE(
      absl::IsInvalidArgument(reader.StartAtTail(LogReader::kMostTail + 1, 0)));
}

TEST_F(LogReaderTest, FindsWhatAListingPassedOver) {
  std::vector<std::string> wanted;
  for (int i = 1; i <= 8; ++i) {
    Write("output.log", absl::StrCat(i, " 1 x\n"));
    wanted.push_back(absl::StrCat(i, " of 1: x"));
    if (i < 8) Rotate();
  }
  const std::vector<std::set<std::string>> cases = {
      {"output.log.4.zst"},                      // within
      {"output.log.4.zst", "output.log.5.zst"},  // two in a row
      {"output.log.1.zst", "output.log.2.zst"},  // the oldest
      {"output.log.6.zst", "output.log.7"},      // the newest
  };
  for (const std::set<std::string>& passed_over : cases) {
    SCOPED_TRACE(*passed_over.begin());
    ForgetfulFiles files(passed_over);
    LogReader reader(&files, directory_);
    EXPECT_EQ(New(reader), wanted);
    LogReader last(&files, directory_);
    ASSERT_TRUE(last.StartAtTail(7, 0).ok());
    EXPECT_THAT(New(last), testing::SizeIs(7));
  }
  // Nor is one invented that is not there.
  std::filesystem::remove(directory_ + "/output.log.4.zst");
  EXPECT_THAT(All(), testing::Contains("(1 lost) 5 of 1: x"));
}

TEST_F(LogReaderTest, GoesOnAfterALineSeenBefore) {
  Write("output.log", "1 1 a\n2 1 b\n");
  Rotate();
  Write("output.log", "3 1 c\n6 1 d\n");
  LogReader reader(&files_, directory_);
  reader.StartAfter(2);
  EXPECT_THAT(New(reader), ElementsAre("3 of 1: c", "(2 lost) 6 of 1: d"));
  LogReader later(&files_, directory_);
  later.StartAfter(4);
  EXPECT_THAT(New(later), ElementsAre("(1 lost) 6 of 1: d"));
  LogReader last(&files_, directory_);
  last.StartAfter(6);
  EXPECT_THAT(New(last), IsEmpty());
}

TEST_F(LogReaderTest, PassesOverWhatAFullDiskHasCut) {
  Write("output.log", "1 1 a\n2 1\n3\nx y z\n4 1 b\n");
  EXPECT_THAT(All(), ElementsAre("1 of 1: a", "(2 lost) 4 of 1: b"));
}

TEST_F(LogReaderTest, SaysWhichFileIsDamaged) {
  Write("output.log.1.zst", "no zstd at all, not in the least");
  Write("output.log", "1 1 a\n");
  LogReader reader(&files_, directory_);
  absl::Status read =
      reader.ReadNew([](const Line&, uint64_t) { return true; });
  EXPECT_TRUE(absl::IsDataLoss(read)) << read;
}

TEST_F(LogReaderTest, StopsWhenNobodyReadsOn) {
  Write("output.log", "1 1 a\n2 1 b\n");
  LogReader reader(&files_, directory_);
  int seen = 0;
  EXPECT_TRUE(absl::IsCancelled(
      reader.ReadNew([&](const Line&, uint64_t) { return ++seen < 1; })));
  EXPECT_EQ(seen, 1);
}

TEST_F(LogReaderTest, EndlessLinesComeInPieces) {
  Write("output.log", "1 1 " + std::string(300'000, 'x') + "\n2 1 b\n");
  std::vector<std::string> lines = All();
  EXPECT_LE(lines.front().size(), LineReader::kLongestLine + 64 * 1024);
  EXPECT_EQ(lines.back(), "2 of 1: b");
}

}  // namespace
}  // namespace rollout::output
