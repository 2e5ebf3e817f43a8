// SPDX-License-Identifier: Apache-2.0
//
// Fetches by smart HTTP.

#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/fetch/fetch_fixture.h"
#include "tests/programs/git_http_server.h"

namespace rollout::gitops {
namespace {

using programs::GitHttpServer;
using programs::GitHttpSettings;
using ::testing::HasSubstr;

class HttpFetchTest : public FetchFixture {
 protected:
  HttpFetchTest() { settings_.directory = directory_; }

  std::unique_ptr<GitHttpServer> Serve() {
    auto server = GitHttpServer::Start(settings_).value();
    request_.set_url(server->Url());
    return server;
  }

  void AskForPassword() {
    settings_.user = "bot";
    settings_.password = "hush";
  }
  void GivePassword(const std::string& password) {
    std::ofstream(directory_ + "/password") << password << "\n";
    request_.mutable_credentials()->set_user("bot");
    request_.mutable_credentials()->set_password_file(directory_ + "/password");
  }

  GitHttpSettings settings_;
};

TEST_F(HttpFetchTest, BringsWhatWasPushedByHttp) {
  auto server = Serve();
  std::string commit = repository_->Commit({{"a.yaml", "1"}}).value();
  ASSERT_TRUE(repository_->Push("main", server->Url()).ok());
  EXPECT_EQ(Fetch()->commit(), commit);
  commit = repository_->Commit({{"b.yaml", "2"}}).value();
  ASSERT_TRUE(repository_->Push("main", server->Url()).ok());
  FetchResult result = Fetch().value();
  EXPECT_EQ(result.commit(), commit);
  EXPECT_EQ(Paths(result), "a.yaml b.yaml");
  request_.set_known_commit(commit);
  EXPECT_TRUE(Fetch()->unchanged());
}

TEST_F(HttpFetchTest, GivesThePasswordWhereItIsAskedFor) {
  AskForPassword();
  auto server = Serve();
  Push({{"a.yaml", "1"}});
  absl::Status status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("none is configured"));

  GivePassword("wrong");
  status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("/password is not accepted for user \"bot\""));

  GivePassword("hush");
  EXPECT_EQ(Paths(Fetch().value()), "a.yaml");
  EXPECT_THAT(server->Log(), HasSubstr("bot GET /git/plans.git/info/refs 200"));
}

TEST_F(HttpFetchTest, TellsWhatIsNotThere) {
  auto server = Serve();
  request_.set_url(server->Url("nothing"));
  absl::Status status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(server->Url("nothing")));
  request_.set_url(server->Url());
  server.reset();
  EXPECT_EQ(Fetch().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HttpFetchTest, TrustsTheAuthorityItIsGiven) {
  settings_.tls = true;
  auto server = Serve();
  Push({{"a.yaml", "1"}});
  absl::Status status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the certificate of localhost is not"));
  request_.mutable_credentials()->set_ca_file(server->ca_file());
  EXPECT_EQ(Paths(Fetch().value()), "a.yaml");
}

TEST_F(HttpFetchTest, TrustsNoAuthorityOfAnotherServer) {
  settings_.tls = true;
  auto other = Serve();
  auto server = Serve();
  Push({{"a.yaml", "1"}});
  request_.mutable_credentials()->set_ca_file(other->ca_file());
  EXPECT_EQ(Fetch().status().code(), absl::StatusCode::kPermissionDenied);
  request_.mutable_credentials()->set_ca_file(directory_ + "/empty");
  EXPECT_EQ(Fetch().status().code(), absl::StatusCode::kInvalidArgument);
  std::ofstream(directory_ + "/empty") << "nothing\n";
  EXPECT_THAT(std::string(Fetch().status().message()),
              HasSubstr("there is no certificate in"));
}

TEST_F(HttpFetchTest, TakesNoPasswordToAnotherHost) {
  AskForPassword();
  GivePassword("hush");
  Push({{"a.yaml", "1"}});
  auto server = Serve();
  settings_.address = "127.0.0.2";
  auto other = Serve();
  request_.set_url(server->UrlThatLeadsTo(other->Url()));
  absl::Status status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("cannot redirect from '127.0.0.1' to '127.0.0.2'"));
  EXPECT_EQ(other->Log(), "");
  // On the same host it is followed.
  request_.set_url(server->UrlThatLeadsTo(server->Url()));
  EXPECT_EQ(Paths(Fetch().value()), "a.yaml");
}

}  // namespace
}  // namespace rollout::gitops
