// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki/pki_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolloutctl/pki/key_files.h"
#include "tests/rolloutctl/pki/certificates.h"

namespace rollout::pki {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kYear = absl::Hours(24 * 365);

int ModeOf(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : -1;
}

class PkiDirectoryTest : public ::testing::Test {
 protected:
  PkiDirectoryTest() {
    std::string pattern = ::testing::TempDir() + "/pki.XXXXXX";
    top_ = mkdtemp(pattern.data());
  }
  ~PkiDirectoryTest() override { std::filesystem::remove_all(top_); }

  std::string Path(const std::string& name) { return top_ + "/" + name; }
  std::string Read(const std::string& name) {
    auto content = files_.Read(Path(name));
    EXPECT_TRUE(content.ok()) << content.status();
    return content.value_or("");
  }
  void Write(const std::string& name, const std::string& content) {
    std::ofstream(Path(name)) << content;
  }

  // Issues for host web-1 into "out".
  absl::StatusOr<IssuedFiles> Issue(const std::string& authority) {
    return PkiDirectory(Path(authority))
        .Issue(*Subject::Make(Role::kHost, "web-1", {}), kNow, kYear,
               Path("out"));
  }

  std::string top_;
  PosixFileSystem files_;
};

TEST_F(PkiDirectoryTest, HoldsTheAuthorityAndNothingElse) {
  ASSERT_TRUE(PkiDirectory(Path("deep/pki")).Init(kNow).ok());
  EXPECT_THAT(*files_.List(Path("deep/pki")), ElementsAre("ca.crt", "ca.key"));
  EXPECT_EQ(ModeOf(Path("deep/pki/ca.key")), 0600);
  EXPECT_EQ(ModeOf(Path("deep/pki/ca.crt")), 0644);
}

TEST_F(PkiDirectoryTest, NeverOverwritesAnAuthority) {
  PkiDirectory directory(Path("pki"));
  ASSERT_TRUE(directory.Init(kNow).ok());
  for (const char* left : {"ca.crt", "ca.key"}) {
    SCOPED_TRACE(left);
    std::string before = Read(std::string("pki/") + left);
    absl::Status again = directory.Init(kNow);
    EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_THAT(again.message(), HasSubstr("choose another --dir"));
    EXPECT_EQ(Read(std::string("pki/") + left), before);
    // The second round has the key alone.
    std::filesystem::remove(Path("pki/ca.crt"));
  }
}

TEST_F(PkiDirectoryTest, IssuesWhatAProgramNeeds) {
  ASSERT_TRUE(PkiDirectory(Path("pki")).Init(kNow).ok());
  auto issued = Issue("pki");
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_THAT(*files_.List(Path("out")),
              ElementsAre("ca.crt", "web-1.crt", "web-1.key"));
  EXPECT_EQ(ModeOf(issued->key), 0600);
  EXPECT_EQ(ModeOf(issued->certificate), 0644);
  EXPECT_EQ(issued->not_after, kNow + kYear);
  X509Ptr ca = ParseCertificate(Read("out/ca.crt"));
  X509Ptr leaf = ParseCertificate(Read("out/web-1.crt"));
  EXPECT_EQ(Verify(ca.get(), leaf.get(), kNow, X509_PURPOSE_SSL_CLIENT), "ok");
  KeyPtr key = ParseKey(Read("out/web-1.key"));
  EXPECT_EQ(X509_check_private_key(leaf.get(), key.get()), 1);
}

TEST_F(PkiDirectoryTest, IssuingAgainRenews) {
  ASSERT_TRUE(PkiDirectory(Path("pki")).Init(kNow).ok());
  ASSERT_TRUE(Issue("pki").ok());
  std::string before = Read("out/web-1.crt");
  ASSERT_TRUE(Issue("pki").ok());
  EXPECT_NE(Read("out/web-1.crt"), before);
  X509Ptr leaf = ParseCertificate(Read("out/web-1.crt"));
  KeyPtr key = ParseKey(Read("out/web-1.key"));
  EXPECT_EQ(X509_check_private_key(leaf.get(), key.get()), 1);
}

TEST_F(PkiDirectoryTest, DoesNotMixAuthoritiesInOnePlace) {
  ASSERT_TRUE(PkiDirectory(Path("one")).Init(kNow).ok());
  ASSERT_TRUE(PkiDirectory(Path("two")).Init(kNow).ok());
  ASSERT_TRUE(Issue("one").ok());
  std::string before = Read("out/web-1.crt");
  absl::Status mixed = Issue("two").status();
  EXPECT_EQ(mixed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(mixed.message(), HasSubstr("another authority"));
  EXPECT_EQ(Read("out/web-1.crt"), before);
}

TEST_F(PkiDirectoryTest, SaysWhatIsMissingOrDamaged) {
  EXPECT_THAT(Issue("pki").status().message(),
              HasSubstr("make one with \"rolloutctl pki init --dir"));
  ASSERT_TRUE(PkiDirectory(Path("pki")).Init(kNow).ok());
  Write("pki/ca.key", "not a key");
  absl::Status damaged = Issue("pki").status();
  EXPECT_EQ(damaged.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(damaged.message(), HasSubstr("restore both from a backup"));
  EXPECT_FALSE(std::filesystem::exists(Path("out")));
}

TEST_F(PkiDirectoryTest, AFailedWriteLeavesNothing) {
  absl::Status written =
      WriteNewFile(Path("missing/file"), "content", kPrivateMode);
  EXPECT_EQ(written.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(written.message(), HasSubstr("missing/file: cannot create"));
  ASSERT_TRUE(WriteNewFile(Path("file"), "one", kPrivateMode).ok());
  EXPECT_TRUE(
      absl::IsAlreadyExists(WriteNewFile(Path("file"), "two", kPrivateMode)));
  EXPECT_EQ(Read("file"), "one");
  EXPECT_THAT(*files_.List(top_), ElementsAre("file"));
}

}  // namespace
}  // namespace rollout::pki
