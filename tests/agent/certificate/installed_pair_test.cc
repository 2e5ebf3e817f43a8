// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/installed_pair.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gtest/gtest.h"

namespace rollout::certificate {
namespace {

CertificatePair Pair(int number) {
  CertificatePair pair;
  pair.certificate = absl::StrCat("certificate ", number);
  pair.key = absl::StrCat("key ", number);
  return pair;
}

class InstalledPairTest : public ::testing::Test {
 protected:
  InstalledPairTest() {
    char name[] = "/tmp/installed_pair_test.XXXXXX";
    directory_ = mkdtemp(name);
    directory_ += "/site";
  }
  ~InstalledPairTest() override {
    std::filesystem::remove_all(
        std::filesystem::path(directory_).parent_path());
  }

  PosixFileSystem files_;
  std::string directory_;
};

TEST_F(InstalledPairTest, IsReplacedAndComesBack) {
  InstalledPair installed(&files_, directory_);
  EXPECT_FALSE(installed.Current().ok());
  EXPECT_FALSE(installed.GoBack().ok());
  for (int number : {1, 2, 3}) {
    absl::Status put = installed.Put(Pair(number), {getuid(), getgid()});
    ASSERT_TRUE(put.ok()) << put;
    EXPECT_TRUE(IsSame(*installed.Current(), Pair(number)));
  }
  EXPECT_TRUE(installed.BelongsTo({getuid(), getgid()}));
  EXPECT_FALSE(installed.BelongsTo({getuid() + 1, getgid()}));
  struct stat key;
  ASSERT_EQ(stat(InstalledKey(directory_).c_str(), &key), 0);
  EXPECT_EQ(key.st_mode & 0777, 0600u);
  // The one before is kept, older ones are not.
  EXPECT_EQ(access((directory_ + "/pair-1").c_str(), F_OK), -1);
  ASSERT_TRUE(installed.GoBack().ok());
  EXPECT_TRUE(IsSame(*installed.Current(), Pair(2)));
  EXPECT_FALSE(installed.GoBack().ok());
  // What was left has no number that is used again.
  ASSERT_TRUE(installed.Put(Pair(4), {getuid(), getgid()}).ok());
  EXPECT_TRUE(IsSame(*installed.Current(), Pair(4)));
  ASSERT_TRUE(installed.GoBack().ok());
  EXPECT_TRUE(IsSame(*installed.Current(), Pair(2)));
}

// Whoever opens the directory first and then reads both has a pair.
TEST_F(InstalledPairTest, IsNeverHalfOfEach) {
  InstalledPair installed(&files_, directory_);
  ASSERT_TRUE(installed.Put(Pair(0), {getuid(), getgid()}).ok());
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int number = 1; number <= 100; ++number) {
      EXPECT_TRUE(installed.Put(Pair(number), {getuid(), getgid()}).ok());
    }
    done = true;
  });
  int read = 0;
  while (!done) {
    std::error_code gone;
    const auto pair =
        std::filesystem::read_symlink(directory_ + "/current", gone);
    ASSERT_FALSE(gone) << gone.message();
    auto certificate = files_.Read(
        absl::StrCat(directory_, "/", pair.string(), "/certificate.pem"));
    auto key =
        files_.Read(absl::StrCat(directory_, "/", pair.string(), "/key.pem"));
    // Two renewals later it is gone.
    if (!certificate.ok() || !key.ok()) continue;
    ++read;
    EXPECT_EQ(certificate->substr(12), key->substr(4));
  }
  writer.join();
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace rollout::certificate
