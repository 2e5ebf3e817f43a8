// SPDX-License-Identifier: Apache-2.0
//
// From a commit to a new version on three hosts under load: pushed to a real
// repository, told of by a webhook, fetched, checked, applied. And what must
// not happen: a bad commit does nothing, a version that fails is not tried
// again.

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "base/subprocess.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"
#include "tests/programs/git_http_server.h"
#include "tests/programs/git_repository.h"
#include "tests/programs/ssh_server.h"

namespace rollout::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(60);
constexpr int kHosts = 3;
constexpr char kSecret[] = "a secret of the forge";

// As GitHub signs it.
std::string Signature(const std::string& body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), kSecret, sizeof kSecret - 1,
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest,
       &size);
  return absl::StrCat("sha256=",
                      absl::BytesToHexString(absl::string_view(
                          reinterpret_cast<const char*>(digest), size)));
}

// How the controller and whoever pushes get to the repository.
enum class Transport { kFile, kHttps, kSsh };

class GitOps : public ::testing::Test {
 protected:
  void SetUp() override { Begin(Transport::kFile); }

  // Three hosts that serve version 1 of the repository. It is looked at once an
  // hour: what comes later is for webhooks.
  void Begin(Transport transport) {
    auto fleet = Fleet::Start(kHosts);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    auto repository = programs::GitRepository::Make(fleet_->directory());
    ASSERT_TRUE(repository.ok()) << repository.status();
    repository_.emplace(*std::move(repository));
    const std::string secret = fleet_->directory() + "/webhook-secret";
    ASSERT_TRUE(files_.WriteAtomically(secret, kSecret).ok());
    std::string credentials;
    if (transport == Transport::kHttps) credentials = ServeByHttps();
    if (transport == Transport::kSsh) credentials = ServeBySsh();
    Push({{"plans/web.yaml", Version(1)}}, "The first version");
    absl::Status configured = fleet_->Reconfigure(absl::StrCat(
        "sources:\n- name: prod\n  url: ",
        url_.empty() ? repository_->url() : url_,
        "\n  path: plans\n  interval: 1h\n  webhook: {secretFile: ", secret,
        "}\n", credentials));
    ASSERT_TRUE(configured.ok()) << configured;
    AwaitRollout(1);
    ExpectEnd(End::kDone);
  }

  // Both: what the controller's configuration has for it.
  std::string ServeByHttps() {
    programs::GitHttpSettings settings;
    settings.directory = fleet_->directory();
    settings.user = "bot";
    settings.password = "secret of the bot";
    settings.tls = true;
    auto server = programs::GitHttpServer::Start(settings);
    EXPECT_TRUE(server.ok()) << server.status();
    if (!server.ok()) return "";
    http_ = *std::move(server);
    url_ = http_->Url();
    // Whoever pushes keeps the password where git looks for it.
    const std::string password = fleet_->directory() + "/password";
    const std::string ask_pass = fleet_->directory() + "/ask-pass";
    EXPECT_TRUE(files_.WriteAtomically(password, settings.password).ok());
    EXPECT_TRUE(files_
                    .WriteAtomically(ask_pass,
                                     "#!/bin/sh\ncase $1 in User*) echo bot;; "
                                     "*) cat " +
                                         password + ";; esac\n")
                    .ok());
    std::filesystem::permissions(ask_pass, std::filesystem::perms::owner_all);
    repository_->AddToEnvironment("GIT_ASKPASS=" + ask_pass);
    repository_->AddToEnvironment("GIT_SSL_CAINFO=" + http_->ca_file());
    return absl::StrCat("  credentials: {user: bot, passwordFile: ", password,
                        ", caFile: ", http_->ca_file(), "}\n");
  }

  std::string ServeBySsh() {
    const std::string key = fleet_->directory() + "/key";
    EXPECT_TRUE(RunToEnd(
        {"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key}));
    auto server = programs::SshServer::Start(
        {fleet_->directory(), key + ".pub", {"ed25519"}});
    EXPECT_TRUE(server.ok()) << server.status();
    if (!server.ok()) return "";
    ssh_ = *std::move(server);
    url_ = ssh_->Url(repository_->path());
    repository_->AddToEnvironment(ssh_->GitVariable(key).value_or(""));
    return absl::StrCat("  credentials: {keyFile: ", key, ", knownHostsFile: ",
                        ssh_->WriteKnownHosts().value_or(""), "}\n");
  }

  static bool RunToEnd(std::vector<std::string> arguments) {
    Command command;
    command.arguments = std::move(arguments);
    command.timeout = kLimit;
    auto result = RunCommand(command);
    return result.ok() && result->wait_status == 0;
  }

  const Operator& operate() const { return fleet_->operate(); }

  std::string Version(int number) {
    Site site(fleet_->directory(), number);
    site.SetReady(number != kBad);
    return site.Manifest(fleet_->port());
  }

  std::string Push(const programs::GitFiles& files,
                   const std::string& message) {
    auto commit = repository_->Commit(files, message);
    EXPECT_TRUE(commit.ok()) << commit.status();
    absl::Status pushed = repository_->Push("main", url_);
    EXPECT_TRUE(pushed.ok()) << pushed;
    return commit.value_or("");
  }

  // The forge tells the controller of a push; what that answers.
  int SendWebhook(bool genuine = true) {
    httplib::Client forge(absl::StrCat("http://", fleet_->http_address()));
    const std::string body = R"({"ref":"refs/heads/main"})";
    const httplib::Headers headers = {
        {"X-GitHub-Event", "push"},
        {"X-Hub-Signature-256", Signature(genuine ? body : body + " ")}};
    auto answer =
        forge.Post("/webhooks/git", headers, body, "application/json");
    return answer ? answer->status : 0;
  }

  void AwaitRollout(int number) {
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      auto status = operate().Status("web");
      return status.ok() && status->rollout().number() == number;
    })) << Run({"describe", "source", "prod"}).output;
  }

  void ExpectEnd(End expected) {
    auto end = operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(*end, expected);
  }

  Told Run(std::vector<std::string> arguments) {
    auto told = operate().Run(std::move(arguments));
    EXPECT_TRUE(told.ok()) << told.status();
    return told.value_or(Told());
  }

  // Waits until the source is in that state, as its table says.
  void AwaitSource(const std::string& state) {
    std::string last;
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      last = Run({"describe", "source", "prod"}).output;
      return absl::StrContains(last, "State:       " + state);
    })) << last;
  }

  std::vector<std::unique_ptr<load::ConnectionLoad>> LoadEveryHost() {
    std::vector<std::unique_ptr<load::ConnectionLoad>> loads;
    for (int host = 0; host < kHosts; ++host) {
      load::LoadOptions options;
      options.address = fleet_->Target(host);
      auto load = load::ConnectionLoad::Start(options);
      EXPECT_TRUE(load.ok()) << load.status();
      if (load.ok()) loads.push_back(*std::move(load));
    }
    return loads;
  }

  // Is never ready.
  static constexpr int kBad = 9;

  PosixFileSystem files_;
  std::unique_ptr<Fleet> fleet_;
  std::optional<programs::GitRepository> repository_;
  std::unique_ptr<programs::GitHttpServer> http_;
  std::unique_ptr<programs::SshServer> ssh_;
  // Empty: the repository's own.
  std::string url_;
};

class GitOpsOver : public GitOps,
                   public ::testing::WithParamInterface<Transport> {
 protected:
  void SetUp() override { Begin(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(EachTransport, GitOpsOver,
                         ::testing::Values(Transport::kFile, Transport::kHttps,
                                           Transport::kSsh));

TEST_P(GitOpsOver, ACommitIsOnEveryHostWithoutAFailure) {
  auto loads = LoadEveryHost();
  const std::string commit =
      Push({{"plans/web.yaml", Version(2)}}, "The second version");
  EXPECT_EQ(SendWebhook(), 202);
  AwaitRollout(2);
  ExpectEnd(End::kDone);
  for (auto& load : loads) {
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      return load->Result().bodies().count("version 2") != 0;
    }));
    load->Stop();
    EXPECT_EQ(load->Result().failed(), 0) << load->Result().ToJson();
  }
  AwaitSource("Synced");
  EXPECT_THAT(Run({"history", "web"}).output,
              AllOf(HasSubstr("source/prod"), HasSubstr("The second version")));
  auto status = operate().Status("web");
  ASSERT_TRUE(status.ok()) << status.status();
  const v1::Origin& origin = status->rollout().cause().origin();
  EXPECT_EQ(origin.commit().id(), commit);
  EXPECT_EQ(origin.path(), "plans/web.yaml");
}

TEST_F(GitOps, ABadCommitDoesNothing) {
  Push({{"plans/web.yaml", Version(2)},
        {"plans/api.yaml", "apiVersion: rollout/v1\nkind: Plam\n"}},
       "Half of it is wrong");
  EXPECT_EQ(SendWebhook(/*genuine=*/false), 401);
  EXPECT_EQ(SendWebhook(), 202);
  AwaitSource("Failed, CommitRefused");
  EXPECT_THAT(Run({"sync", "prod"}).output, HasSubstr("plans/api.yaml:2:7: "));
  EXPECT_EQ(Run({"sync", "prod"}).exit_code, 2);
  auto status = operate().Status("web");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->rollout().number(), 1);
}

TEST_F(GitOps, AVersionThatFailsIsNotTriedAgainUntilACommitChangesIt) {
  Push({{"plans/web.yaml", Version(kBad)}}, "It never gets ready");
  EXPECT_EQ(SendWebhook(), 202);
  AwaitRollout(2);
  EXPECT_EQ(Run({"abort", "web"}).exit_code, 0);
  ExpectEnd(End::kRolledBack);
  EXPECT_EQ(Run({"sync", "prod"}).exit_code, 0);
  AwaitSource("OutOfSync, RolledBack");
  // A controller that is started again is no commit either.
  fleet_->KillController();
  ASSERT_TRUE(fleet_->StartController().ok());
  AwaitSource("OutOfSync, RolledBack");
  auto status = operate().Status("web");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->rollout().number(), 2);
  Push({{"plans/web.yaml", Version(3)}}, "That was wrong");
  EXPECT_EQ(SendWebhook(), 202);
  AwaitRollout(3);
  ExpectEnd(End::kDone);
  AwaitSource("Synced");
}

}  // namespace
}  // namespace rollout::e2e
