// SPDX-License-Identifier: Apache-2.0
//
// A real nginx whose certificates are renewed while clients come.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "agent/certificate/handshake.h"
#include "base/net_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/certificate/made_certificate.h"
#include "tests/agent/certificate/tls_load.h"
#include "tests/agent/reconcile/real_agent.h"

namespace rollout::agent {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

constexpr char kConfiguration[] = R"(
user root;
worker_processes 2;
daemon off;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:@PORT@ ssl;
    ssl_certificate @CERTIFICATE@;
    ssl_certificate_key @KEY@;
    location / { return 200 "hello\n"; }
  }
}
)";

class RealCertificateTest : public RealAgentTest {
 protected:
  void SetUp() override {
    RealAgentTest::SetUp();
    source_ = directory_ + "/live";
    fs::create_directory(source_);
    ASSERT_TRUE(
        files_.WriteAtomically(directory_ + "/nginx.template", kConfiguration)
            .ok());
  }

  v1::Revision Nginx(const std::string& id) const {
    v1::Revision revision = BareRevision(id);
    v1::ServiceTemplate* service = revision.mutable_service();
    service->add_command("/bin/sh");
    service->add_command("-c");
    service->add_command(
        R"(sed "s#@CERTIFICATE@#$CERTIFICATE#; s#@KEY@#$KEY#; s#@PORT@#$PORT#" )"
        R"("$TEMPLATE" > nginx.conf && exec nginx -p "$PWD" -c nginx.conf)");
    auto& environment = *service->mutable_environment();
    environment["CERTIFICATE"] = "${certificates.site.certificate}";
    environment["KEY"] = "${certificates.site.key}";
    environment["PORT"] = absl::StrCat(port_);
    environment["TEMPLATE"] = directory_ + "/nginx.template";
    environment["REVISION"] = id;
    service->mutable_drain()->set_signal("QUIT");
    v1::ServiceCertificate* site = service->add_certificates();
    site->set_name("site");
    site->set_certificate(source_ + "/fullchain.pem");
    site->set_key(source_ + "/privkey.pem");
    site->add_names("www.example.com");
    site->set_signal("HUP");
    site->set_endpoint("http");
    return revision;
  }

  static certificate::CertificatePair WithSerial(long serial) {
    certificate::Wanted wanted;
    wanted.serial = serial;
    return certificate::MakePair(wanted);
  }
  void WriteCertificate(const std::string& text) {
    ASSERT_TRUE(files_.WriteAtomically(source_ + "/fullchain.pem", text).ok());
  }
  void WriteKey(const std::string& text) {
    ASSERT_TRUE(files_.WriteAtomically(source_ + "/privkey.pem", text).ok());
  }

  // Waits until the certificate stands so.
  void ExpectCertificate(const std::string& serial,
                         const std::string& problem) {
    EXPECT_TRUE(AwaitWeb([&](const v1::ServiceObservation& web) {
      if (web.certificates_size() != 1) return false;
      const v1::CertificateObservation& site = web.certificates(0);
      return site.serial() == serial &&
             (problem.empty() ? site.problem().empty()
                              : absl::StrContains(site.problem(), problem));
    })) << "want "
        << serial << " " << problem << ", got "
        << controller_.observation().DebugString();
  }
  // Waits until clients see it, three times in a row.
  void ExpectShown(const std::string& serial) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    std::string seen;
    for (int in_a_row = 0; in_a_row < 3;) {
      auto facts = certificate::AskForCertificate(
          {*NetAddress::Parse(absl::StrCat("127.0.0.1:", port_)), 0, ""},
          absl::Seconds(5), -1);
      seen = facts.ok() ? facts->serial : std::string(facts.status().message());
      in_a_row = seen == serial ? in_a_row + 1 : 0;
      ASSERT_LT(absl::Now(), deadline) << "want " << serial << ", saw " << seen;
    }
  }

  std::string source_;
};

TEST_F(RealCertificateTest, RenewsWhatIsGoodAndKeepsOutWhatIsNot) {
  // None is there: it is not started, and is when there is one.
  Send({{Nginx("R0"), 1000}}, 0);
  EXPECT_TRUE(AwaitWeb([](const v1::ServiceObservation& web) {
    return web.generations_size() == 1 &&
           absl::StrContains(web.generations(0).message(),
                             "certificate site: ") &&
           absl::StrContains(web.generations(0).message(), "fullchain.pem");
  })) << controller_.observation().DebugString();
  const certificate::CertificatePair first = WithSerial(1);
  WriteKey(first.key);
  WriteCertificate(first.certificate);
  ExpectOnly("R0");
  ExpectCertificate("01", "");
  ExpectShown("01");

  certificate::TlsLoad load(port_, 4);
  certificate::Wanted expired, other;
  expired.ends = -absl::Minutes(1);
  other.names = "DNS:other.example.com";
  struct Case {
    const char* name;
    certificate::CertificatePair pair;
    const char* problem;
  };
  const certificate::CertificatePair second = WithSerial(2);
  certificate::CertificatePair garbage = second;
  garbage.certificate = "-----BEGIN CERTIFICATE-----\ngarbage\n";
  const Case kBad[] = {
      {"expired", certificate::MakePair(expired), "the certificate expired on"},
      {"of another name", certificate::MakePair(other),
       "is not good for www.example.com"},
      {"garbage", garbage, "there is no PEM certificate"},
  };
  for (const Case& c : kBad) {
    SCOPED_TRACE(c.name);
    WriteKey(c.pair.key);
    WriteCertificate(c.pair.certificate);
    ExpectCertificate("01", c.problem);
    ExpectShown("01");
  }
  // Half of it is there, then all.
  WriteKey(first.key);
  WriteCertificate(second.certificate);
  ExpectCertificate("01", "the key does not belong to");
  ExpectShown("01");
  WriteKey(second.key);
  ExpectCertificate("02", "");
  ExpectShown("02");

  // Links to files elsewhere, replaced one after the other, as ACME clients do.
  const std::string archive = directory_ + "/archive";
  fs::create_directory(archive);
  const certificate::CertificatePair third = WithSerial(3);
  ASSERT_TRUE(files_.WriteAtomically(archive + "/c3", third.certificate).ok());
  ASSERT_TRUE(files_.WriteAtomically(archive + "/k3", third.key).ok());
  fs::create_symlink("../archive/k3", source_ + "/next-k");
  fs::rename(source_ + "/next-k", source_ + "/privkey.pem");
  fs::create_symlink("../archive/c3", source_ + "/next-c");
  fs::rename(source_ + "/next-c", source_ + "/fullchain.pem");
  ExpectCertificate("03", "");
  ExpectShown("03");

  // A swap, and a renewal that both generations have to show.
  Send({{Nginx("R0"), 0}, {Nginx("R1"), 1000}}, 1);
  ExpectServing("R1");
  ExpectShown("03");
  const certificate::CertificatePair fourth = WithSerial(4);
  WriteKey(fourth.key);
  WriteCertificate(fourth.certificate);
  ExpectCertificate("04", "");
  ExpectShown("04");
  Send({{Nginx("R1"), 1000}}, 1);
  ExpectOnly("R1");
  ExpectShown("04");

  // The agent comes back to what it left.
  agent_.reset();
  const certificate::CertificatePair fifth = WithSerial(5);
  WriteKey(fifth.key);
  WriteCertificate(fifth.certificate);
  StartAgent();
  ExpectCertificate("05", "");
  ExpectShown("05");
  load.Stop();
  EXPECT_THAT(load.failures(), IsEmpty());
  EXPECT_GT(load.good(), 100);
  RecordProperty("connections", load.good());
}

TEST_F(RealCertificateTest, OneThatIsNotTakenUpIsTakenBack) {
  const certificate::CertificatePair first = WithSerial(1);
  WriteKey(first.key);
  WriteCertificate(first.certificate);
  v1::Revision deaf = Nginx("R0");
  // It does nothing, so nobody reads the new one.
  v1::ServiceCertificate* site =
      deaf.mutable_service()->mutable_certificates(0);
  site->mutable_command()->add_command("/bin/true");
  Send({{deaf, 1000}}, 0);
  ExpectOnly("R0");
  ExpectCertificate("01", "");
  const certificate::CertificatePair second = WithSerial(2);
  WriteKey(second.key);
  WriteCertificate(second.certificate);
  // It has 10 s to show it, which is how long one wait lasts.
  for (int turn = 0; turn < 2; ++turn) {
    if (AwaitWeb([](const v1::ServiceObservation& web) {
          return absl::StrContains(web.certificates(0).problem(), "is back");
        })) {
      break;
    }
  }
  ExpectCertificate("01", "generation 1 does not show serial 02");
  ExpectShown("01");
}

}  // namespace
}  // namespace rollout::agent
