// SPDX-License-Identifier: Apache-2.0
//
// From a commit to a new version on three hosts under load: pushed to a real
// repository, told of by a webhook, fetched, checked, applied. And what must
// not happen: a bad commit does nothing, a version that fails is not tried
// again.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/forge.h"
#include "tests/e2e/git_remote.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"
#include "tests/programs/git_repository.h"

namespace rollout::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(60);
constexpr int kHosts = 3;
constexpr char kSecret[] = "a secret of the forge";

class GitOps : public ::testing::Test {
 protected:
  void SetUp() override { Begin(Transport::kFile); }

  // Three hosts that serve version 1 of the repository. It is looked at once an
  // hour: what comes later is for webhooks.
  void Begin(Transport transport) {
    auto fleet = Fleet::Start(kHosts);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    auto remote = GitRemote::Make(fleet_->directory(), transport);
    ASSERT_TRUE(remote.ok()) << remote.status();
    remote_.emplace(*std::move(remote));
    const std::string secret = fleet_->directory() + "/webhook-secret";
    ASSERT_TRUE(files_.WriteAtomically(secret, kSecret).ok());
    Push({{"plans/web.yaml", Version(1)}}, "The first version");
    absl::Status configured = fleet_->Reconfigure(absl::StrCat(
        "sources:\n- name: prod\n", remote_->settings(),
        "  path: plans\n  interval: 1h\n  webhook: {secretFile: ", secret,
        "}\n  report: {note: true}\n"));
    ASSERT_TRUE(configured.ok()) << configured;
    AwaitRollout(1);
    ExpectEnd(End::kDone);
  }

  const Operator& operate() const { return fleet_->operate(); }

  std::string Version(int number) {
    Site site(fleet_->directory(), number);
    site.SetReady(number != kBad);
    return site.Manifest(fleet_->port());
  }

  std::string Push(const programs::GitFiles& files,
                   const std::string& message) {
    auto commit = remote_->Push(files, message);
    EXPECT_TRUE(commit.ok()) << commit.status();
    return commit.value_or("");
  }

  Forge forge() const { return Forge(fleet_->http_address(), kSecret); }

  void AwaitRollout(int number) {
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      auto status = operate().Status("web");
      return status.ok() && status->rollout().number() == number;
    })) << Run({"describe", "source", "prod"}).output;
  }

  // Waits until the repository says that of the commit, as git notes shows it.
  void AwaitNote(const std::string& commit, const std::string& part) {
    std::string last;
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      auto shown = remote_->repository().Git(
          {"--git-dir", remote_->repository().path(), "notes",
           "--ref=rollout-status", "show", commit});
      last = shown.ok() ? *shown : shown.status().ToString();
      return absl::StrContains(last, part);
    })) << last;
    // One line: the newest takes the place of the older.
    EXPECT_EQ(last.find('\n'), std::string::npos) << last;
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
  std::optional<GitRemote> remote_;
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
  EXPECT_EQ(forge().TellOfPush(), 202);
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
  AwaitNote(commit,
            R"("state":"success","description":"1 of 1 rollouts complete")");
  EXPECT_THAT(Run({"history", "web"}).output,
              AllOf(HasSubstr("source/prod"), HasSubstr("The second version")));
  auto status = operate().Status("web");
  ASSERT_TRUE(status.ok()) << status.status();
  const v1::Origin& origin = status->rollout().cause().origin();
  EXPECT_EQ(origin.commit().id(), commit);
  EXPECT_EQ(origin.path(), "plans/web.yaml");
}

TEST_F(GitOps, ABadCommitDoesNothing) {
  const std::string commit =
      Push({{"plans/web.yaml", Version(2)},
            {"plans/api.yaml", "apiVersion: rollout/v1\nkind: Plam\n"}},
           "Half of it is wrong");
  EXPECT_EQ(forge().TellFalsely(), 401);
  EXPECT_EQ(forge().TellOfPush(), 202);
  AwaitSource("Failed, CommitRefused");
  EXPECT_THAT(Run({"sync", "prod"}).output, HasSubstr("plans/api.yaml:2:7: "));
  EXPECT_EQ(Run({"sync", "prod"}).exit_code, 2);
  AwaitNote(commit, R"("state":"failure","description":"plans/api.yaml:1:1: )");
  auto status = operate().Status("web");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->rollout().number(), 1);
}

TEST_F(GitOps, AVersionThatFailsIsNotTriedAgainUntilACommitChangesIt) {
  Push({{"plans/web.yaml", Version(kBad)}}, "It never gets ready");
  EXPECT_EQ(forge().TellOfPush(), 202);
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
  EXPECT_EQ(forge().TellOfPush(), 202);
  AwaitRollout(3);
  ExpectEnd(End::kDone);
  AwaitSource("Synced");
}

}  // namespace
}  // namespace rollout::e2e
