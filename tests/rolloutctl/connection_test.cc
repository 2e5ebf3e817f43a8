// SPDX-License-Identifier: Apache-2.0
//
// What rolloutctl says of a controller it can't talk to.

#include <stdlib.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/security/server_credentials.h"
#include "gtest/gtest.h"
#include "rolloutctl/pki/authority.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/list_samples.h"

namespace rollout::ctl {
namespace {

using pki::Authority;
using pki::KeyPair;
using pki::Role;
using ::testing::HasSubstr;

constexpr absl::Duration kDay = absl::Hours(24);

class ConnectionTest : public ProgramTest {
 protected:
  // Issued `age` ago, for a day.
  static KeyPair Issue(const Authority& authority, Role role,
                       absl::Duration age = absl::ZeroDuration()) {
    return *authority.Issue(*pki::Subject::Make(role, "me", {}),
                            absl::Now() - age, kDay);
  }

  // A controller that shows `pair` and believes in `ca`.
  void Serve(const KeyPair& pair, const Authority& ca) {
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = ca.Own()->certificate;
    options.pem_key_cert_pairs.push_back({pair.key, pair.certificate});
    operator_.emplace(grpc::SslServerCredentials(options));
    operator_->SetLists(render::SampleLists());
    controller_ = operator_->address();
  }

  // Calls as an operator of authority_.
  Ran CallWithTls() { return CallAs(Issue(authority_, Role::kOperator)); }
  Ran CallAs(const KeyPair& own) {
    Write("ca.crt", authority_.Own()->certificate);
    Write("me.crt", own.certificate);
    Write("me.key", own.key);
    return Run({"get", "hosts", "--controller", controller_, "--ca",
                Path("ca.crt"), "--certificate", Path("me.crt"), "--key",
                Path("me.key")});
  }

  void ExpectUnreachable(const Ran& ran, const std::string& why) {
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err,
                HasSubstr("rolloutctl: cannot reach the controller at " +
                          controller_ + ": "));
    EXPECT_THAT(ran.err, HasSubstr(why));
  }

  // Begins long enough ago for certificates that have expired.
  Authority authority_ = *Authority::Create(absl::Now() - 10 * kDay);
  Authority other_ = *Authority::Create(absl::Now());
  std::optional<FakeOperator> operator_;
};

TEST_F(ConnectionTest, WorksWithCertificatesOfOneFleet) {
  Serve(Issue(authority_, Role::kController), authority_);
  Ran ran = CallWithTls();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("web-1"));
}

TEST_F(ConnectionTest, NobodyListens) {
  RefusingAddress refusing;
  controller_ = refusing.text();
  ExpectUnreachable(CallWithTls(), "connection refused");
}

TEST_F(ConnectionTest, TheControllersCertificateHasExpired) {
  Serve(Issue(authority_, Role::kController, 3 * kDay), authority_);
  ExpectUnreachable(CallWithTls(), "its certificate expired on 20");
}

TEST_F(ConnectionTest, TheControllerIsOfAnotherFleet) {
  Serve(Issue(other_, Role::kController), authority_);
  ExpectUnreachable(CallWithTls(),
                    "is not one of the authority in " + Path("ca.crt"));
}

TEST_F(ConnectionTest, TheCertificateNamesSomebodyElse) {
  Serve(Issue(authority_, Role::kHost), authority_);
  ExpectUnreachable(CallWithTls(), "does not name 127.0.0.1");
}

TEST_F(ConnectionTest, TheControllerDoesNotKnowUs) {
  Serve(Issue(authority_, Role::kController), other_);
  ExpectUnreachable(CallWithTls(), "it hung up when it saw " + Path("me.crt"));
}

TEST_F(ConnectionTest, OneSideSpeaksTlsAlone) {
  operator_.emplace();
  controller_ = operator_->address();
  ExpectUnreachable(CallWithTls(), "--insecure-loopback?");
  operator_.reset();
  Serve(Issue(authority_, Role::kController), authority_);
  ExpectUnreachable(Call({"get", "hosts"}),
                    "if the controller uses TLS, give --ca");
}

TEST_F(ConnectionTest, OurOwnCertificateHasExpired) {
  Serve(Issue(authority_, Role::kController), authority_);
  Ran ran = CallAs(Issue(authority_, Role::kOperator, 3 * kDay));
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("me.crt: the certificate expired on 20"));
}

TEST_F(ConnectionTest, CertificatesCanComeFromTheEnvironment) {
  EXPECT_THAT(Run({"get", "hosts"}).err,
              HasSubstr("give --ca, --certificate and --key"));
  Serve(Issue(authority_, Role::kController), authority_);
  EXPECT_EQ(CallWithTls().code, 0);  // Has written the files.
  setenv("ROLLOUT_CONTROLLER", controller_.c_str(), 1);
  setenv("ROLLOUT_CA", Path("ca.crt").c_str(), 1);
  setenv("ROLLOUT_CERTIFICATE", Path("me.crt").c_str(), 1);
  setenv("ROLLOUT_KEY", Path("me.key").c_str(), 1);
  Ran ran = Run({"get", "hosts"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("web-1"));
}

TEST_F(ConnectionTest, PlaintextStaysOnLoopback) {
  controller_ = "192.0.2.1:7400";
  Ran ran = Call({"get", "hosts"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("plaintext is allowed on loopback only"));
}

}  // namespace
}  // namespace rollout::ctl
