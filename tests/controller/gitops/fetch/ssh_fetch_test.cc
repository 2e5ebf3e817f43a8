// SPDX-License-Identifier: Apache-2.0
//
// Fetches by SSH.

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/fetch/fetch_fixture.h"
#include "tests/programs/git_signer.h"
#include "tests/programs/run.h"
#include "tests/programs/ssh_server.h"

namespace rollout::gitops {
namespace {

using programs::SshServer;
using programs::SshSigner;
using ::testing::HasSubstr;

class SshFetchTest : public FetchFixture {
 protected:
  // With these host keys.
  void Serve(const std::vector<std::string>& host_key_types = {"ed25519"}) {
    server_ =
        SshServer::Start({directory_, key_.public_key_file(), host_key_types})
            .value();
    request_.set_url(server_->Url(repository_->path()));
    Credentials* credentials = request_.mutable_credentials();
    credentials->set_key_file(key_.key_file());
    credentials->set_known_hosts_file(server_->WriteKnownHosts().value());
  }

  void KnowHosts(const std::string& lines) {
    const std::string path = directory_ + "/known_hosts";
    std::ofstream(path) << lines;
    request_.mutable_credentials()->set_known_hosts_file(path);
  }

  const SshSigner key_ = SshSigner::Make(directory_, "deploy").value();
  std::unique_ptr<SshServer> server_;
};

TEST_F(SshFetchTest, BringsWhatWasPushedBySsh) {
  Serve();
  repository_->AddToEnvironment(server_->GitVariable(key_.key_file()).value());
  std::string commit = repository_->Commit({{"a.yaml", "1"}}).value();
  absl::Status pushed = repository_->Push("main", request_.url());
  ASSERT_TRUE(pushed.ok()) << pushed;
  EXPECT_EQ(Fetch()->commit(), commit);
  commit = repository_->Commit({{"b.yaml", "2"}}).value();
  ASSERT_TRUE(repository_->Push("main", request_.url()).ok());
  EXPECT_EQ(Paths(Fetch().value()), "a.yaml b.yaml");
}

TEST_F(SshFetchTest, RefusesAHostItDoesNotKnow) {
  Serve();
  Push({{"a.yaml", "1"}});
  const std::string host = server_->Host();
  auto other = SshSigner::Make(directory_, "other").value();
  const std::string unknown[] = {
      "", "# a comment\n",
      absl::StrCat("127.0.0.2 ", *server_->HostKey(), "\n"),
      absl::StrCat("@cert-authority ", host, " ", *server_->HostKey(), "\n"),
      absl::StrCat(host, " ", *files_.Read(other.public_key_file()))};
  for (const std::string& lines : unknown) {
    SCOPED_TRACE(lines);
    KnowHosts(lines);
    absl::Status status = Fetch().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("the key that 127.0.0.1 has shown (SHA256:"));
  }
  KnowHosts(absl::StrCat("# it\n", host, " ", *server_->HostKey(), "\n"));
  EXPECT_EQ(Paths(Fetch().value()), "a.yaml");
}

TEST_F(SshFetchTest, KnowsHostsByTheHashOfTheirNames) {
  Serve();
  Push({{"a.yaml", "1"}});
  const std::string& path = request_.credentials().known_hosts_file();
  ASSERT_TRUE(programs::Run({"/usr/bin/ssh-keygen", "-H", "-f", path}).ok());
  ASSERT_THAT(files_.Read(path).value(), ::testing::StartsWith("|1|"));
  EXPECT_EQ(Paths(Fetch().value()), "a.yaml");
}

// A host is asked for the kind of key that is known of it.
TEST_F(SshFetchTest, KnowsHostsByAnyKindOfKey) {
  Serve({"ecdsa", "ed25519"});
  Push({{"a.yaml", "1"}});
  for (size_t n : {0, 1}) {
    SCOPED_TRACE(n);
    KnowHosts(absl::StrCat(server_->Host(), " ", *server_->HostKey(n), "\n"));
    absl::StatusOr<FetchResult> result = Fetch();
    EXPECT_TRUE(result.ok()) << result.status();
  }
}

TEST_F(SshFetchTest, SaysThatTheKeyIsNotAccepted) {
  Serve();
  Push({{"a.yaml", "1"}});
  auto other = SshSigner::Make(directory_, "other").value();
  request_.mutable_credentials()->set_key_file(other.key_file());
  absl::Status status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("/other is not accepted for user"));
}

TEST_F(SshFetchTest, SaysThatThereIsNoSuchRepository) {
  Serve();
  request_.set_url(server_->Url("/nowhere/plans.git"));
  absl::Status status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
}

TEST_F(SshFetchTest, AsksForKeyAndKnownHosts) {
  request_.set_url("git@127.0.0.1:plans.git");
  EXPECT_THAT(std::string(Fetch().status().message()),
              HasSubstr("ssh needs a key"));
  request_.mutable_credentials()->set_key_file(key_.key_file());
  EXPECT_THAT(std::string(Fetch().status().message()),
              HasSubstr("ssh needs to know the host's key"));
  request_.mutable_credentials()->set_key_file("/nonexistent");
  request_.mutable_credentials()->set_known_hosts_file("/etc/hostname");
  EXPECT_EQ(Fetch().status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace rollout::gitops
