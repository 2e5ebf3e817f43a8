// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/disk.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

using ::testing::ElementsAre;

TEST(Disk, DoesInOrderWhatItWasAskedFor) {
  PosixFileSystem files;
  const std::string path = absl::StrCat(::testing::TempDir(), "/number");
  std::vector<std::string> seen;  // on the disk's thread until Finish
  Disk disk(&files);
  for (int number : {1, 2, 3}) {
    disk.Do("number not kept", [path, number](FileSystem& files) {
      return files.WriteAtomically(path, absl::StrCat(number));
    });
    disk.Then([&] { seen.push_back(*files.Read(path)); });
  }
  disk.Finish();
  EXPECT_THAT(seen, ElementsAre("1", "2", "3"));
}

TEST(Disk, GoesOnAfterAFailure) {
  PosixFileSystem files;
  bool done = false;
  Disk disk(&files);
  disk.Do("not kept", [](FileSystem&) {
    return absl::ResourceExhaustedError("the disk is full");
  });
  disk.Then([&done] { done = true; });
  disk.Finish();
  EXPECT_TRUE(done);
}

TEST(Disk, FinishesBeforeItGoes) {
  PosixFileSystem files;
  bool done = false;
  {
    Disk disk(&files);
    disk.Then([&done] { done = true; });
  }
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace rollout::agent
