// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki/authority.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/rolloutctl/pki/certificates.h"

namespace rollout::pki {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kYear = absl::Hours(24 * 365);

class AuthorityTest : public ::testing::Test {
 protected:
  AuthorityTest()
      : authority_(*Authority::Create(kNow)),
        ca_(ParseCertificate(authority_.Own()->certificate)) {}

  KeyPair Issue(Role role, absl::Duration valid) {
    auto issued =
        authority_.Issue(*Subject::Make(role, "web-1", {}), kNow, valid);
    EXPECT_TRUE(issued.ok()) << issued.status();
    return *issued;
  }

  Authority authority_;
  X509Ptr ca_;
};

TEST_F(AuthorityTest, ItsCertificatesServeBothEndsOfAConnection) {
  KeyPair pair = Issue(Role::kHost, kYear);
  X509Ptr leaf = ParseCertificate(pair.certificate);
  for (int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    EXPECT_EQ(Verify(ca_.get(), leaf.get(), kNow, purpose), "ok");
  }
  EXPECT_EQ(X509_check_private_key(leaf.get(), ParseKey(pair.key).get()), 1);
  EXPECT_THAT(Uris(leaf.get()), ElementsAre("rollout://host/web-1"));
  EXPECT_EQ(X509_check_host(leaf.get(), "localhost", 0, 0, nullptr), 0);
}

TEST_F(AuthorityTest, AControllersCertificateNamesItsAddresses) {
  auto pair = authority_.Issue(
      *Subject::Make(Role::kController, "main", {"192.0.2.7", "c.example"}),
      kNow, kYear);
  X509Ptr leaf = ParseCertificate(pair->certificate);
  for (const char* name : {"localhost", "c.example"}) {
    EXPECT_EQ(X509_check_host(leaf.get(), name, 0, 0, nullptr), 1) << name;
  }
  for (const char* address : {"127.0.0.1", "::1", "192.0.2.7"}) {
    EXPECT_EQ(X509_check_ip_asc(leaf.get(), address, 0), 1) << address;
  }
  EXPECT_EQ(X509_check_host(leaf.get(), "d.example", 0, 0, nullptr), 0);
}

TEST_F(AuthorityTest, ACertificateEndsWhenItShould) {
  KeyPair pair = Issue(Role::kOperator, absl::Seconds(1));
  X509Ptr leaf = ParseCertificate(pair.certificate);
  EXPECT_EQ(pair.not_after, kNow + absl::Seconds(1));
  EXPECT_EQ(Verify(ca_.get(), leaf.get(), kNow, X509_PURPOSE_SSL_CLIENT), "ok");
  EXPECT_EQ(Verify(ca_.get(), leaf.get(), kNow + absl::Seconds(2),
                   X509_PURPOSE_SSL_CLIENT),
            "certificate has expired");
}

TEST_F(AuthorityTest, NoCertificateOutlivesIt) {
  EXPECT_EQ(Issue(Role::kHost, 20 * kYear).not_after,
            kNow + kAuthorityValidity);
}

TEST_F(AuthorityTest, IssuesNothingOnceExpired) {
  auto issued = authority_.Issue(*Subject::Make(Role::kHost, "web-1", {}),
                                 kNow + kAuthorityValidity, kYear);
  EXPECT_EQ(issued.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(issued.status().message(), HasSubstr("expired on 2037-01-1"));
}

TEST_F(AuthorityTest, SerialNumbersDiffer) {
  X509Ptr one = ParseCertificate(Issue(Role::kHost, kYear).certificate);
  X509Ptr two = ParseCertificate(Issue(Role::kHost, kYear).certificate);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(one.get()),
                             X509_get0_serialNumber(two.get())),
            0);
}

TEST_F(AuthorityTest, AnotherAuthoritysCertificateDoesNotVerify) {
  Authority other = *Authority::Create(kNow);
  auto pair =
      other.Issue(*Subject::Make(Role::kHost, "web-1", {}), kNow, kYear);
  X509Ptr leaf = ParseCertificate(pair->certificate);
  EXPECT_EQ(Verify(ca_.get(), leaf.get(), kNow, X509_PURPOSE_SSL_CLIENT),
            "unable to get local issuer certificate");
}

TEST_F(AuthorityTest, ComesBackFromItsPem) {
  KeyPair own = *authority_.Own();
  auto again = Authority::FromPem(own.certificate, own.key);
  ASSERT_TRUE(again.ok()) << again.status();
  auto pair =
      again->Issue(*Subject::Make(Role::kHost, "web-1", {}), kNow, kYear);
  X509Ptr leaf = ParseCertificate(pair->certificate);
  EXPECT_EQ(Verify(ca_.get(), leaf.get(), kNow, X509_PURPOSE_SSL_SERVER), "ok");
}

TEST_F(AuthorityTest, RefusesPemThatIsNoAuthority) {
  KeyPair own = *authority_.Own();
  KeyPair leaf = Issue(Role::kHost, kYear);
  struct Case {
    const char* name;
    std::string certificate, key, message;
  };
  const Case kCases[] = {
      {"no certificate", "", own.key, "certificate is not a PEM"},
      {"no key", own.certificate, "half a key", "key is not a plain PEM"},
      {"a host's certificate", leaf.certificate, leaf.key, "not that of an"},
      {"another key", own.certificate, leaf.key, "don't match"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto authority = Authority::FromPem(c.certificate, c.key);
    EXPECT_EQ(authority.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(authority.status().message(), HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace rollout::pki
