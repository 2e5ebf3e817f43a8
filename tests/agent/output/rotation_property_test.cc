// SPDX-License-Identifier: Apache-2.0
//
// The property: whatever happens to the agent while it rotates, all files
// together hold each line that was written exactly once, in order, and whoever
// follows sees just that.
//
// The shim's writer writes quickly in a process of its own; agents that rotate
// are processes too, and are killed: before each of their steps in turn, and at
// any moment.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "agent/output/log_reader.h"
#include "agent/output/rotation.h"
#include "agent/shim/output.h"
#include "base/file_system.h"
#include "gtest/gtest.h"

namespace rollout::output {
namespace {

volatile sig_atomic_t asked_to_leave = 0;

constexpr int kSteps = 40;
constexpr int kSurprises = 40;

// Ends the process before the call of that number.
class DyingFileSystem : public PosixFileSystem {
 public:
  explicit DyingFileSystem(int calls) : left_(calls) {}

  absl::StatusOr<std::vector<std::string>> List(
      absl::string_view directory) override {
    Step();
    return PosixFileSystem::List(directory);
  }
  absl::Status RemoveAll(absl::string_view path) override {
    Step();
    return PosixFileSystem::RemoveAll(path);
  }
  absl::Status Rename(absl::string_view from, absl::string_view to) override {
    Step();
    return PosixFileSystem::Rename(from, to);
  }
  absl::StatusOr<FileInfo> Stat(absl::string_view path) override {
    Step();
    return PosixFileSystem::Stat(path);
  }

 private:
  void Step() {
    if (left_-- == 0) _exit(0);
  }
  int left_;
};

RotationPolicy Policy() {
  RotationPolicy policy;
  policy.size = 20'000;
  policy.keep = 1'000'000;
  return policy;
}

std::string TextOf(uint64_t sequence) {
  return absl::StrCat("line ", sequence, std::string(sequence % 61, '.'));
}

class RotationPropertyTest : public ::testing::Test {
 protected:
  RotationPropertyTest() {
    directory_ = ::testing::TempDir() + "/rotated";
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~RotationPropertyTest() override { StopWriter(); }

  // Appends numbered lines until it is told to leave, as a shim does. One that
  // begins anew goes on with the numbers.
  void StartWriter() {
    writer_ = fork();
    if (writer_ != 0) return;
    signal(SIGTERM, [](int) { asked_to_leave = 1; });
    shim::OutputFile file;
    if (!file.Open(LivePath(directory_)).ok()) _exit(1);
    uint64_t next = FirstOfWriter();
    // Once at the least: an empty file would not be rotated.
    do {
      std::string lines;
      for (int i = 0; i < 7; ++i) {
        absl::StrAppend(&lines, i == 0 ? "" : "\n", TextOf(next++));
      }
      file.Append(1, lines);
      usleep(50);
    } while (!asked_to_leave);
    _exit(0);
  }
  // Texts repeat the numbers they should get.
  uint64_t FirstOfWriter() {
    uint64_t last = 0;
    LogReader reader(&files_, directory_);
    reader
        .ReadNew([&](const Line& line, uint64_t) {
          last = line.sequence;
          return true;
        })
        .IgnoreError();
    return last + 1;
  }
  void StopWriter() {
    if (writer_ > 0) kill(writer_, SIGTERM);
    if (writer_ > 0) waitpid(writer_, nullptr, 0);
    writer_ = 0;
  }

  // Another one comes when the file has just been rotated, so that its last
  // number is found in the rotated one.
  void LoseTheShim() {
    StopWriter();
    RotationPolicy any_size = Policy();
    any_size.size = 1;
    EXPECT_TRUE(Rotation(&files_, directory_).Pass(any_size, absl::Now()).ok());
    EXPECT_FALSE(std::filesystem::exists(LivePath(directory_)));
    StartWriter();
  }

  // An agent that rotates until it dies before its step `calls`; negative:
  // never.
  pid_t StartAgent(int calls) {
    pid_t agent = fork();
    if (agent != 0) return agent;
    DyingFileSystem files(calls);
    for (;;) {
      // A new one each time: nothing may depend on what it remembers.
      Rotation(&files, directory_).Pass(Policy(), absl::Now()).IgnoreError();
    }
  }

  // What a follower gets next is what comes next.
  void Follow() {
    absl::Status read =
        follower_.ReadNew([this](const Line& line, uint64_t lost) {
          EXPECT_EQ(line.sequence, followed_ + 1);
          EXPECT_EQ(line.text, TextOf(line.sequence));
          EXPECT_EQ(lost, 0u);
          followed_ = line.sequence;
          return !HasFailure();
        });
    ASSERT_TRUE(read.ok()) << read;
  }

  PosixFileSystem files_;
  std::string directory_;
  pid_t writer_ = 0;
  LogReader follower_{&files_, ::testing::TempDir() + "/rotated"};
  uint64_t followed_ = 0;
};

TEST_F(RotationPropertyTest, NoLineIsLostTornOrRepeated) {
  StartWriter();
  for (int calls = 0; calls < kSteps; ++calls) {
    pid_t agent = StartAgent(calls);
    waitpid(agent, nullptr, 0);
    Follow();
    if (HasFailure()) return;
  }
  std::mt19937 random(1);
  for (int i = 0; i < kSurprises; ++i) {
    pid_t agent = StartAgent(-1);
    absl::Time end = absl::Now() + absl::Microseconds(random() % 20'000);
    while (absl::Now() < end) Follow();
    kill(agent, SIGKILL);
    waitpid(agent, nullptr, 0);
    if (HasFailure()) return;
    if (i % 8 == 0) LoseTheShim();
  }
  StopWriter();
  Rotation rotation(&files_, directory_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(rotation.Pass(Policy(), absl::Now()).ok());
  }
  auto found = ListOutputFiles(files_, directory_);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->leftovers.empty());
  EXPECT_GT(found->rotated.size(), 20u);
  for (const auto& [number, file] : found->rotated) {
    EXPECT_NE(file.plain, file.compressed) << number;
  }
  // One who comes late sees the same.
  uint64_t last = 0;
  LogReader late(&files_, directory_);
  ASSERT_TRUE(late.ReadNew([&](const Line& line, uint64_t lost) {
                    EXPECT_EQ(line.sequence, last + 1);
                    EXPECT_EQ(line.text, TextOf(line.sequence));
                    EXPECT_EQ(lost, 0u);
                    last = line.sequence;
                    return !HasFailure();
                  })
                  .ok());
  Follow();
  EXPECT_EQ(followed_, last);
  EXPECT_GT(last, 10'000u);
}

}  // namespace
}  // namespace rollout::output
