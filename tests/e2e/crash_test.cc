// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of an agent, then of the controller, in the middle of a rollout.

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"
#include "tests/load/http_get.h"

namespace rollout::e2e {
namespace {

constexpr int kHosts = 3;
constexpr absl::Duration kLimit = absl::Seconds(90);

class Crash : public ::testing::Test {
 protected:
  // Three hosts that serve version 1, with a load on each.
  void SetUp() override {
    auto fleet = Fleet::Start(kHosts);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    ASSERT_NO_FATAL_FAILURE(Apply(1));
    ASSERT_NO_FATAL_FAILURE(ExpectDone());
    for (int host = 0; host < kHosts; ++host) {
      load::LoadOptions options;
      options.address = fleet_->Target(host);
      options.clients = 3;
      auto load = load::ConnectionLoad::Start(options);
      ASSERT_TRUE(load.ok()) << load.status();
      loads_.push_back(*std::move(load));
    }
  }

  void Apply(int number) {
    Site site(fleet_->directory(), number);
    site.SetReady(true);
    ManifestFields fields = site.Fields(fleet_->port());
    fields.min_ready = absl::Seconds(2);
    absl::Status applied = fleet_->operate().Apply(Manifest(fields));
    ASSERT_TRUE(applied.ok()) << applied;
  }

  void ExpectDone() {
    auto end = fleet_->operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    ASSERT_EQ(*end, End::kDone);
  }

  // A host that runs two revisions now, by name; empty: there is none.
  std::string HostInChange() const {
    auto status = fleet_->operate().Status("web");
    if (!status.ok()) return "";
    for (const auto& host : status->hosts()) {
      for (const auto& generation : host.generations()) {
        if (generation.revision() == status->rollout().revision() &&
            generation.phase() != v1::EXITED && host.assigned_size() > 1) {
          return host.host();
        }
      }
    }
    return "";
  }

  void ExpectNoFailure() {
    for (auto& load : loads_) {
      load->Stop();
      load::LoadResult result = load->Result();
      EXPECT_EQ(result.failed(), 0) << result.ToJson();
      EXPECT_GT(result.total(), 0);
    }
  }

  bool EveryHostAnswers(const std::string& body) {
    for (int host = 0; host < kHosts; ++host) {
      auto get =
          load::HttpGet::Create(fleet_->Target(host), "/", absl::Seconds(5));
      if (!get.ok() || get->Ask().body != body) return false;
    }
    return true;
  }

  std::unique_ptr<Fleet> fleet_;
  std::vector<std::unique_ptr<load::ConnectionLoad>> loads_;
};

TEST_F(Crash, OfAgentThenControllerInMidRollout) {
  ASSERT_NO_FATAL_FAILURE(Apply(2));
  std::string name;
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    name = HostInChange();
    return !name.empty();
  }));
  const int host = name.back() - '0';
  fleet_->KillAgent(host);
  ASSERT_TRUE(fleet_->StartAgent(host).ok());
  absl::Status connected = fleet_->AwaitConnected();
  ASSERT_TRUE(connected.ok()) << connected;

  ASSERT_TRUE(WaitUntil(kLimit, [&] { return !HostInChange().empty(); }));
  fleet_->KillController();
  absl::Status started = fleet_->StartController();
  ASSERT_TRUE(started.ok()) << started;
  ASSERT_NO_FATAL_FAILURE(ExpectDone());
  EXPECT_TRUE(EveryHostAnswers("version 2\n"));
  ExpectNoFailure();
}

TEST_F(Crash, ControllerOnAnEmptyStoreStopsNoService) {
  fleet_->KillController();
  fleet_->ForgetStore();
  absl::Status started = fleet_->StartController();
  ASSERT_TRUE(started.ok()) << started;
  absl::Status connected = fleet_->AwaitConnected();
  ASSERT_TRUE(connected.ok()) << connected;

  auto hosts = fleet_->operate().List("hosts");
  ASSERT_TRUE(hosts.ok()) << hosts.status();
  for (const v1::Host& host : hosts->hosts()) {
    SCOPED_TRACE(host.info().name());
    ASSERT_EQ(host.services_size(), 1);
    ASSERT_EQ(host.services(0).generations_size(), 1);
    EXPECT_EQ(host.services(0).generations(0).phase(), v1::SERVING);
  }
  EXPECT_TRUE(EveryHostAnswers("version 1\n"));
  ExpectNoFailure();
}

}  // namespace
}  // namespace rollout::e2e
