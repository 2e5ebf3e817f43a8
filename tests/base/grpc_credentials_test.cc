// SPDX-License-Identifier: Apache-2.0

#include "base/grpc_credentials.h"

#include <stdlib.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/grpc_settings.h"
#include "base/transport_security.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "rolloutctl/pki/pki_directory.h"
#include "rolloutctl/pki/subject.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;

class GrpcCredentialsTest : public testing::Test {
 protected:
  GrpcCredentialsTest() : directory_(NewDirectory()), pki_(directory_) {
    EXPECT_TRUE(pki_.Init(absl::Now()).ok());
  }

  static std::string NewDirectory() {
    std::string path = absl::StrCat(testing::TempDir(), "/grpcXXXXXX");
    return mkdtemp(path.data());
  }

  TransportSecurity Issue(pki::Role role, const std::string& name,
                          const std::string& address = "") {
    std::vector<std::string> addresses;
    if (!address.empty()) addresses.push_back(address);
    auto files =
        pki_.Issue(*pki::Subject::Make(role, name, addresses), absl::Now(),
                   absl::Hours(1), absl::StrCat(directory_, "/", name));
    EXPECT_TRUE(files.ok()) << files.status();
    return {{files->ca, files->certificate, files->key}, false};
  }

  // Listens with these, and says where.
  std::string Serve(const TransportSecurity& security) {
    auto credentials = MakeServerCredentials(security, "127.0.0.2:0");
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    grpc::ServerBuilder builder;
    ApplyServerSettings(builder);
    int port = 0;
    builder.AddListeningPort("127.0.0.2:0", *credentials, &port);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    return absl::StrCat("127.0.0.2:", port);
  }

  static bool Connects(const TransportSecurity& security,
                       const std::string& address, absl::Duration within) {
    auto credentials = MakeChannelCredentials(security, address);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    auto channel = grpc::CreateCustomChannel(
        address, *credentials, MakeChannelArguments(kOperatorPing));
    return channel->WaitForConnected(std::chrono::system_clock::now() +
                                     absl::ToChronoMilliseconds(within));
  }

  const std::string directory_;
  pki::PkiDirectory pki_;
  // A server needs one.
  grpc::CallbackGenericService service_;
  std::unique_ptr<grpc::Server> server_;
};

// Long enough for a handshake on a busy machine, or for several refused ones.
constexpr absl::Duration kSoon = absl::Seconds(20);
constexpr absl::Duration kNotSoon = absl::Milliseconds(700);

TEST_F(GrpcCredentialsTest, ConnectsToAControllerAtItsAddress) {
  std::string address = Serve(Issue(pki::Role::kController, "c1", "127.0.0.2"));
  EXPECT_TRUE(Connects(Issue(pki::Role::kHost, "h1"), address, kSoon));
}

TEST_F(GrpcCredentialsTest, AControllersCertificateForElsewhereIsRefused) {
  std::string address = Serve(Issue(pki::Role::kController, "c1", "192.0.2.1"));
  EXPECT_FALSE(Connects(Issue(pki::Role::kHost, "h1"), address, kNotSoon));
}

TEST_F(GrpcCredentialsTest, RenewedFilesAreTakenUp) {
  TransportSecurity controller =
      Issue(pki::Role::kController, "c1", "192.0.2.1");
  std::string address = Serve(controller);
  TransportSecurity host = Issue(pki::Role::kHost, "h1");
  EXPECT_FALSE(Connects(host, address, kNotSoon));
  // The same files, now with the right address.
  Issue(pki::Role::kController, "c1", "127.0.0.2");
  EXPECT_TRUE(Connects(host, address, kSoon));
}

TEST_F(GrpcCredentialsTest, AServerNeedsAControllersCertificate) {
  auto credentials =
      MakeServerCredentials(Issue(pki::Role::kHost, "h1"), "127.0.0.2:0");
  EXPECT_EQ(credentials.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(credentials.status().message()),
              HasSubstr("this is the certificate of host h1; a controller's "
                        "is needed"));
}

TEST(TransportSecurityTest, PlaintextIsForLoopbackAndByDecisionOnly) {
  struct Case {
    const char* name;
    TransportSecurity security;
    const char* address;
    const char* error;
  };
  const TlsFiles kFiles = {"/a", "/b", "/c"};
  const Case kCases[] = {
      {"by decision", {{}, true}, "127.0.0.1:1", ""},
      {"IPv6", {{}, true}, "[::1]:1", ""},
      {"not decided",
       {{}, false},
       "127.0.0.1:1",
       "no TLS files are configured"},
      {"not loopback",
       {{}, true},
       "0.0.0.0:1",
       "plaintext is allowed on loopback only, and 0.0.0.0:1 is not"},
      {"both", {kFiles, true}, "127.0.0.1:1", "both configured"},
      {"one file missing",
       {{"/a", "/b", ""}, false},
       "127.0.0.1:1",
       "TLS needs three files, ca, certificate and key: key is missing"},
      {"no such file", {kFiles, false}, "127.0.0.1:1", "/a"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto server = MakeServerCredentials(c.security, c.address);
    auto channel = MakeChannelCredentials(c.security, c.address);
    EXPECT_EQ(server.ok(), *c.error == '\0') << server.status();
    EXPECT_EQ(channel.status(), server.status());
    EXPECT_THAT(std::string(server.status().message()), HasSubstr(c.error));
  }
}

}  // namespace
}  // namespace rollout
