// SPDX-License-Identifier: Apache-2.0
//
// Three bad versions, each rolled back without a person and without a failed
// request, and each with its reason told.

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

constexpr absl::Duration kLimit = absl::Seconds(60);
constexpr absl::Duration kAllIsWell = absl::Seconds(5);

class Rollback : public ::testing::Test {
 protected:
  // A host that serves version 1, with a load on it.
  void SetUp() override {
    auto fleet = Fleet::Start(1);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    Site first(fleet_->directory(), 1);
    first.SetReady(true);
    absl::Status applied = operate().Apply(first.Manifest(fleet_->port()));
    ASSERT_TRUE(applied.ok()) << applied;
    auto end = operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    ASSERT_EQ(*end, End::kDone);
    load::LoadOptions options;
    options.address = fleet_->Target(0);
    auto load = load::ConnectionLoad::Start(options);
    ASSERT_TRUE(load.ok()) << load.status();
    load_ = *std::move(load);
  }

  const Operator& operate() const { return fleet_->operate(); }

  // The rollout is undone, the reason has these words in it, no request failed
  // and version 1 answers again.
  void ExpectRolledBack(const std::string& reason) {
    auto end = operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(*end, End::kRolledBack);
    auto told = operate().Run({"status", "web"});
    ASSERT_TRUE(told.ok()) << told.status();
    EXPECT_THAT(told->output, HasSubstr(reason));
    auto status = operate().Status("web");
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_EQ(status->rollout().phase(), v1::ROLLED_BACK);
    auto of_version_1 = [&] {
      return load_->Result().bodies().at("version 1");
    };
    int64_t before = of_version_1();
    EXPECT_TRUE(
        WaitUntil(kLimit, [&] { return of_version_1() > before + 100; }));
    load_->Stop();
    EXPECT_EQ(load_->Result().failed(), 0) << load_->Result().ToJson();
  }

  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<load::ConnectionLoad> load_;
};

TEST_F(Rollback, OfAVersionThatNeverBecomesReady) {
  Site second(fleet_->directory(), 2);
  ManifestFields fields = second.Fields(fleet_->port());
  fields.startup_timeout = absl::Seconds(2);
  absl::Status applied = operate().Apply(Manifest(fields));
  ASSERT_TRUE(applied.ok()) << applied;
  ExpectRolledBack("ready");
  EXPECT_THAT(load_->Result().bodies(), ElementsAre(Key("version 1")));
}

TEST_F(Rollback, OfAVersionThatExitsAtOnce) {
  Site second(fleet_->directory(), 2);
  ManifestFields fields = second.Fields(fleet_->port());
  fields.version.command = {"/bin/sh", "-c", "exit 3"};
  absl::Status applied = operate().Apply(Manifest(fields));
  ASSERT_TRUE(applied.ok()) << applied;
  ExpectRolledBack("status 3");
  EXPECT_THAT(load_->Result().bodies(), ElementsAre(Key("version 1")));
}

TEST_F(Rollback, OfAVersionThatFailsFiveSecondsAfterTheFlip) {
  Site second(fleet_->directory(), 2);
  second.SetReady(true);
  ManifestFields fields = second.Fields(fleet_->port());
  fields.min_ready = absl::Seconds(10);
  absl::Status applied = operate().Apply(Manifest(fields));
  ASSERT_TRUE(applied.ok()) << applied;
  ASSERT_TRUE(WaitUntil(
      kLimit, [&] { return load_->Result().bodies().count("version 2") > 0; }));
  // For five seconds all is well; that is the point of this one.
  const SystemClock clock;
  const absl::Duration flipped = clock.Uptime();
  WaitUntil(kLimit, [&] { return clock.Uptime() > flipped + kAllIsWell; });
  second.SetReady(false);
  ExpectRolledBack("404");
  EXPECT_THAT(load_->Result().bodies(), Contains(Key("version 2")));
}

TEST_F(Rollback, OfAVersionThatIsReadyAndNotWell) {
  Site second(fleet_->directory(), 2);
  second.SetReady(true);
  ManifestFields fields = second.Fields(fleet_->port());
  fields.alive = "/alive-2";
  fields.min_ready = absl::Seconds(10);
  absl::Status applied = operate().Apply(Manifest(fields));
  ASSERT_TRUE(applied.ok()) << applied;
  ASSERT_TRUE(WaitUntil(
      kLimit, [&] { return load_->Result().bodies().count("version 2") > 0; }));
  second.SetWell(false);
  ExpectRolledBack("liveness: GET /alive-2");
}

}  // namespace
}  // namespace rollout::e2e
