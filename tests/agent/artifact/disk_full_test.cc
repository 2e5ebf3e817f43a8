// SPDX-License-Identifier: Apache-2.0
//
// What the store says and leaves behind when its disk is full, on a real full
// disk: a small tmpfs in a mount namespace of our own.

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "agent/artifact/disk_artifact_store.h"
#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/artifact/tar_builder.h"

namespace rollout::artifact {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class DiskFullTest : public ::testing::Test {
 protected:
  // Of this thread, in which the store works too.
  void SetUp() override {
    if (unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "needs CAP_SYS_ADMIN";
    ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    fs::create_directories(disk_);
    ASSERT_EQ(mount("none", disk_.c_str(), "tmpfs", 0, "size=1m"), 0);
    auto store = DiskArtifactStore::Open((disk_ / "store").string(), {});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  uint64_t UsedBytes() const {
    struct statvfs disk;
    EXPECT_EQ(statvfs(disk_.c_str(), &disk), 0);
    return uint64_t{disk.f_blocks - disk.f_bfree} * disk.f_frsize;
  }

  absl::Status Fetch(const std::string& content, v1::Artifact::Format format) {
    fs::path file = fs::path(::testing::TempDir()) / "disk_full_artifact";
    std::ofstream(file, std::ios::binary) << content;
    v1::Artifact artifact;
    artifact.set_url(absl::StrCat("file://", file.string()));
    artifact.set_sha256(Sha256Of(content));
    artifact.set_format(format);
    return store_->Fetch(artifact).status();
  }

  const fs::path disk_ = fs::path(::testing::TempDir()) / "disk_full_test";
  std::unique_ptr<DiskArtifactStore> store_;
};

TEST_F(DiskFullTest, ADownloadThatDoesNotFitLeavesNothing) {
  uint64_t before = UsedBytes();
  std::string program = "#!/bin/sh\n" + std::string(2'000'000, '#');
  absl::Status status = Fetch(program, v1::Artifact::EXECUTABLE);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(status.message(), HasSubstr("2000010 bytes are needed"));
  EXPECT_THAT(std::string(status.message()),
              ContainsRegex("[1-9][0-9]+ are free"));
  EXPECT_THAT(status.message(), HasSubstr((disk_ / "store/incoming").string()));
  EXPECT_EQ(UsedBytes(), before);
}

TEST_F(DiskFullTest, AnArchiveThatDoesNotFitUnpackedLeavesNothing) {
  uint64_t before = UsedBytes();
  std::string tar = TarBuilder(Compression::kGzip)
                        .File("small", "fits")
                        .File("big", std::string(2'000'000, 'b'))
                        .Build();
  absl::Status status = Fetch(tar, v1::Artifact::TAR);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(status.message(), HasSubstr("2000004 bytes are needed"));
  EXPECT_THAT(status.message(), HasSubstr("files/big"));
  EXPECT_EQ(UsedBytes(), before);
  // What fits still works.
  EXPECT_TRUE(Fetch("#!/bin/sh\n", v1::Artifact::EXECUTABLE).ok());
}

}  // namespace
}  // namespace rollout::artifact
