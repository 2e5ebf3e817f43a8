// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/certificate_pair.h"

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/certificate/made_certificate.h"

namespace rollout::certificate {
namespace {

using ::testing::HasSubstr;

TEST(CheckPair, TakesAGoodOne) {
  Wanted wanted;
  wanted.serial = 0xabcd;
  wanted.names = "DNS:www.example.com,DNS:*.example.org,IP:10.0.0.1";
  const CertificatePair pair = MakePair(wanted);
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"www.example.com"},
        {"a.example.org", "www.example.com"},
        {"10.0.0.1"}}) {
    auto facts = CheckPair(pair, names, absl::Now());
    ASSERT_TRUE(facts.ok()) << facts.status();
    EXPECT_EQ(facts->serial, "ABCD");
    EXPECT_EQ(facts->fingerprint.size(), 64u);
  }
}

TEST(CheckPair, SaysWhatIsWrong) {
  const CertificatePair good = MakePair();
  auto with = [&good](const std::string& certificate, const std::string& key) {
    CertificatePair pair = good;
    pair.certificate = certificate;
    pair.key = key;
    return pair;
  };
  Wanted expired, future;
  expired.ends = -absl::Minutes(1);
  future.begins = absl::Hours(1);
  struct Case {
    const char* name;
    CertificatePair pair;
    const char* error;
  };
  const Case kCases[] = {
      {"expired", MakePair(expired), "/c.pem: the certificate expired on "},
      {"not valid yet", MakePair(future), "is not valid before"},
      {"another's key", with(good.certificate, MakePair().key),
       "/k.pem: the key does not belong to /c.pem"},
      {"no certificate", with("hello", good.key),
       "/c.pem: there is no PEM certificate"},
      {"empty", with("", ""), "/c.pem: there is no PEM certificate"},
      {"no key", with(good.certificate, "hello"),
       "/k.pem: there is no PEM private key"},
      {"the key cut off",
       with(good.certificate, good.key.substr(0, good.key.size() / 2)),
       "/k.pem: there is no PEM private key"},
      {"the certificate cut off",
       with(good.certificate.substr(0, good.certificate.size() / 2), good.key),
       "/c.pem: there is no PEM certificate"},
      {"a second certificate cut off",
       with(good.certificate + good.certificate.substr(0, 200), good.key),
       "certificate 2 in the file is damaged"},
      {"the two exchanged", with(good.key, good.certificate),
       "there is no PEM certificate"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto facts = CheckPair(c.pair, {"www.example.com"}, absl::Now());
    ASSERT_FALSE(facts.ok());
    EXPECT_THAT(std::string(facts.status().message()), HasSubstr(c.error));
  }
  auto other = CheckPair(good, {"www.example.com", "example.net"}, absl::Now());
  EXPECT_THAT(std::string(other.status().message()),
              HasSubstr("/c.pem: the certificate is not good for example.net"));
}

}  // namespace
}  // namespace rollout::certificate
