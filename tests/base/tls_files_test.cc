// SPDX-License-Identifier: Apache-2.0

#include "base/tls_files.h"

#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "base/tls_identity.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolloutctl/pki/pki_directory.h"
#include "rolloutctl/pki/subject.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;

// The authority was made on that day, the certificates are good for a day.
const absl::Time kMade = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kDay = absl::Hours(24);

class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() {
    std::string path = absl::StrCat(testing::TempDir(), "/tlsXXXXXX");
    directory_ = mkdtemp(path.data());
  }

  TlsFiles Issue(const std::string& authority, pki::Role role,
                 const std::string& name) {
    std::string directory = absl::StrCat(directory_, "/", authority);
    pki::PkiDirectory pki(directory);
    if (access((directory + "/ca.crt").c_str(), F_OK) != 0) {
      EXPECT_TRUE(pki.Init(kMade).ok());
    }
    auto files = pki.Issue(*pki::Subject::Make(role, name, {}), kMade, kDay,
                           directory + "/" + name);
    EXPECT_TRUE(files.ok()) << files.status();
    return {files->ca, files->certificate, files->key};
  }

  std::string ErrorOf(const TlsFiles& files, absl::StatusCode code,
                      absl::Time now = kMade + absl::Hours(1)) {
    auto info = CheckTlsFiles(file_system_, files, now);
    EXPECT_EQ(info.status().code(), code);
    return std::string(info.status().message());
  }

  std::string directory_;
  PosixFileSystem file_system_;
};

TEST_F(TlsFilesTest, SaysWhoAndUntilWhen) {
  TlsFiles files = Issue("a", pki::Role::kHost, "web-1");
  auto info = CheckTlsFiles(file_system_, files, kMade + absl::Hours(1));
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->identity, (TlsIdentity{"host", "web-1"}));
  EXPECT_EQ(info->expires, kMade + kDay);
}

TEST_F(TlsFilesTest, AnExpiredOneSaysSinceWhenAndWhatToDo) {
  TlsFiles files = Issue("a", pki::Role::kHost, "web-1");
  EXPECT_EQ(
      ErrorOf(files, absl::StatusCode::kFailedPrecondition, kMade + 2 * kDay),
      absl::StrCat(files.certificate,
                   ": the certificate expired on 2023-11-15 22:13:20 "
                   "UTC; issue a new one: rolloutctl pki issue host "
                   "web-1"));
}

TEST_F(TlsFilesTest, OneOfTheFutureNamesTheClock) {
  TlsFiles files = Issue("a", pki::Role::kHost, "web-1");
  EXPECT_THAT(
      ErrorOf(files, absl::StatusCode::kFailedPrecondition, kMade - kDay),
      HasSubstr("set this machine's clock"));
}

TEST_F(TlsFilesTest, AnExpiredAuthorityIsNamed) {
  TlsFiles files = Issue("a", pki::Role::kHost, "web-1");
  // Both have expired by then: the certificate's own date comes first.
  EXPECT_THAT(ErrorOf(files, absl::StatusCode::kFailedPrecondition,
                      kMade + 5000 * kDay),
              HasSubstr(files.certificate));
}

TEST_F(TlsFilesTest, RefusesAKeyOfAnotherCertificate) {
  TlsFiles files = Issue("a", pki::Role::kHost, "web-1");
  files.key = Issue("a", pki::Role::kHost, "web-2").key;
  EXPECT_THAT(ErrorOf(files, absl::StatusCode::kInvalidArgument),
              HasSubstr(files.key + ": the key does not belong to " +
                        files.certificate));
}

TEST_F(TlsFilesTest, RefusesAnotherAuthority) {
  TlsFiles files = Issue("a", pki::Role::kHost, "web-1");
  files.ca = Issue("b", pki::Role::kHost, "web-1").ca;
  EXPECT_THAT(ErrorOf(files, absl::StatusCode::kInvalidArgument),
              HasSubstr("no authority in " + files.ca + " has signed it"));
}

TEST_F(TlsFilesTest, RefusesFilesThatAreSomethingElse) {
  TlsFiles good = Issue("a", pki::Role::kHost, "web-1");
  TlsFiles files = good;
  files.certificate = good.key;
  EXPECT_THAT(ErrorOf(files, absl::StatusCode::kInvalidArgument),
              HasSubstr("there is no PEM certificate"));
  files = good;
  files.key = good.certificate;
  EXPECT_THAT(ErrorOf(files, absl::StatusCode::kInvalidArgument),
              HasSubstr("there is no PEM private key"));
  files = good;
  files.ca = directory_ + "/missing";
  EXPECT_THAT(ErrorOf(files, absl::StatusCode::kNotFound), HasSubstr(files.ca));
}

TEST_F(TlsFilesTest, RefusesADamagedSecondCertificate) {
  TlsFiles files = Issue("a", pki::Role::kHost, "web-1");
  std::string text = *file_system_.Read(files.certificate);
  std::string path = directory_ + "/chain.crt";
  std::string damaged = text;
  damaged.replace(damaged.size() / 2, 8, "!!!!!!!!");
  ASSERT_TRUE(file_system_.WriteAtomically(path, text + damaged).ok());
  files.certificate = path;
  EXPECT_THAT(ErrorOf(files, absl::StatusCode::kInvalidArgument),
              HasSubstr("certificate 2 in the file is damaged"));
}

TEST_F(TlsFilesTest, RefusesACertificateThatIsNobodys) {
  TlsFiles files = Issue("a", pki::Role::kHost, "web-1");
  files.certificate = files.ca;
  files.key = directory_ + "/a/ca.key";
  EXPECT_THAT(ErrorOf(files, absl::StatusCode::kInvalidArgument),
              HasSubstr("names no rollout://KIND/NAME"));
}

TEST(ParseTlsIdentity, TakesOursAlone) {
  auto identity = ParseTlsIdentity("rollout://operator/alice@example.com");
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(ToUri(*identity), "rollout://operator/alice@example.com");
  for (const char* bad :
       {"", "rollout://", "rollout://host", "rollout://host/",
        "rollout://root/x", "https://host/x", "rollout://host/a/b",
        "rollout://host/a b", "rollout://host/..%2f"}) {
    SCOPED_TRACE(bad);
    EXPECT_FALSE(ParseTlsIdentity(bad).ok());
  }
}

}  // namespace
}  // namespace rollout
