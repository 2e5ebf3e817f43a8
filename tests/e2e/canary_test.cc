// SPDX-License-Identifier: Apache-2.0
//
// Canary steps on real hosts under load: one host has a part of its connections
// answered by the new version, no other host meets it, and a person decides.

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

constexpr absl::Duration kLimit = absl::Seconds(60);
constexpr int kHosts = 3;
constexpr char kVersion1[] = "version 1";
constexpr char kVersion2[] = "version 2";

class Canary : public ::testing::Test {
 protected:
  // Three hosts that serve version 1, with a load on each; then a rollout to
  // version 2 that has come to its second step, of two on the first host.
  void SetUp() override {
    auto fleet = Fleet::Start(kHosts);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    Apply(1, "");
    ExpectEnd(End::kDone);
    for (int host = 0; host < kHosts; ++host) {
      load::LoadOptions options;
      options.address = fleet_->Target(host);
      auto load = load::ConnectionLoad::Start(options);
      ASSERT_TRUE(load.ok()) << load.status();
      loads_.push_back(*std::move(load));
    }
    Apply(2,
          "[{hosts: 1, weight: 10%, bake: 1s}, "
          "{hosts: 1, weight: 50%, approval: required}, {hosts: 2}]");
    ASSERT_TRUE(WaitUntil(kLimit, [this] {
      auto status = operate().Status("web");
      return status.ok() && status->rollout().reason() == "ApprovalRequired";
    }));
  }

  const Operator& operate() const { return fleet_->operate(); }

  void Apply(int number, const std::string& steps) {
    Site site(fleet_->directory(), number);
    site.SetReady(true);
    ManifestFields fields = site.Fields(fleet_->port());
    fields.steps = steps;
    absl::Status applied = operate().Apply(Manifest(fields));
    ASSERT_TRUE(applied.ok()) << applied;
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

  int64_t Answers(int host, const std::string& body) const {
    const auto bodies = loads_[host]->Result().bodies();
    auto found = bodies.find(body);
    return found == bodies.end() ? 0 : found->second;
  }

  // Of a few hundred connections from now on.
  double ShareOfVersion2(int host) const {
    const int64_t first = Answers(host, kVersion1);
    const int64_t second = Answers(host, kVersion2);
    EXPECT_TRUE(WaitUntil(kLimit, [&] {
      return Answers(host, kVersion1) - first + Answers(host, kVersion2) -
                 second >
             400;
    }));
    const double of_second = Answers(host, kVersion2) - second;
    return of_second / (of_second + Answers(host, kVersion1) - first);
  }

  void ExpectNoFailure() {
    for (auto& load : loads_) {
      load->Stop();
      EXPECT_EQ(load->Result().failed(), 0) << load->Result().ToJson();
    }
  }

  std::unique_ptr<Fleet> fleet_;
  std::vector<std::unique_ptr<load::ConnectionLoad>> loads_;
};

TEST_F(Canary, GoesOnWhenApprovedOf) {
  // Five standard deviations of 400 draws are 0.125.
  EXPECT_NEAR(ShareOfVersion2(0), 0.5, 0.125);
  for (int other : {1, 2}) {
    EXPECT_THAT(loads_[other]->Result().bodies(), ElementsAre(Key(kVersion1)));
  }
  EXPECT_THAT(Run({"status", "web"}).output,
              HasSubstr("waits for a person's approval"));
  EXPECT_THAT(Run({"promote", "web", "--full"}).output,
              HasSubstr("asks for an approval"));
  EXPECT_EQ(Run({"approve", "web", "-m", "looks good"}).exit_code, 0);
  ExpectEnd(End::kDone);
  for (int host = 0; host < kHosts; ++host) {
    EXPECT_EQ(ShareOfVersion2(host), 1) << "host " << host;
  }
  ExpectNoFailure();
}

TEST_F(Canary, GoesBackWhenRejected) {
  EXPECT_EQ(Run({"reject", "web", "-m", "too slow"}).exit_code, 0);
  ExpectEnd(End::kRolledBack);
  for (int host = 0; host < kHosts; ++host) {
    EXPECT_EQ(ShareOfVersion2(host), 0) << "host " << host;
  }
  EXPECT_GT(Answers(0, kVersion2), 0);
  ExpectNoFailure();
  for (int other : {1, 2}) {
    EXPECT_THAT(loads_[other]->Result().bodies(), ElementsAre(Key(kVersion1)));
  }
}

// What a restarted controller knows of a step it knows from its store.
TEST_F(Canary, StaysWhereItIsWhenTheControllerRestarts) {
  fleet_->KillController();
  ASSERT_TRUE(fleet_->StartController().ok());
  ASSERT_TRUE(fleet_->AwaitConnected().ok());
  EXPECT_NEAR(ShareOfVersion2(0), 0.5, 0.125);
  EXPECT_EQ(Run({"approve", "web"}).exit_code, 0);
  ExpectEnd(End::kDone);
  ExpectNoFailure();
}

}  // namespace
}  // namespace rollout::e2e
