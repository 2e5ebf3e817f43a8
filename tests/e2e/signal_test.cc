// SPDX-License-Identifier: Apache-2.0
//
// nginx that upgrades itself, when a step can't be made or is taken back.

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/manifest.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"
#include "tests/programs/program.h"

namespace rollout::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

constexpr absl::Duration kLimit = absl::Seconds(60);

class Signal : public ::testing::Test {
 protected:
  // A host that serves version 1, with a load on it.
  void SetUp() override {
    auto fleet = Fleet::Start(1);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    auto program = programs::MakeProgram("nginx_signal", fleet_->directory());
    ASSERT_TRUE(program.ok()) << program.status();
    program_ = *std::move(program);
    absl::Status applied = operate().Apply(Manifest(Fields(1)));
    ASSERT_TRUE(applied.ok()) << applied;
    ExpectEnd(End::kDone);
    load::LoadOptions options;
    options.address = fleet_->Target(0);
    auto load = load::ConnectionLoad::Start(options);
    ASSERT_TRUE(load.ok()) << load.status();
    load_ = *std::move(load);
  }

  const Operator& operate() const { return fleet_->operate(); }

  ManifestFields Fields(int number) { return Fields(number, fleet_->port()); }
  // Of a version that was made for `port`.
  ManifestFields Fields(int number, int port) {
    auto version = program_->Make(number, Fleet::Address(0), port);
    EXPECT_TRUE(version.ok()) << version.status();
    ManifestFields fields;
    fields.port = fleet_->port();
    fields.startup_timeout = absl::Seconds(3);
    if (version.ok()) fields.version = *version;
    return fields;
  }

  void ExpectEnd(End expected) {
    auto end = operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(*end, expected);
  }
  void ExpectTold(const std::string& words) {
    auto told = operate().Run({"status", "web"});
    ASSERT_TRUE(told.ok()) << told.status();
    EXPECT_THAT(told->output, HasSubstr(words));
  }
  int64_t CountOf(const std::string& version) {
    auto bodies = load_->Result().bodies();
    auto found = bodies.find(version);
    return found == bodies.end() ? 0 : found->second;
  }
  // Version 1 answers, and no request has failed.
  void ExpectWell() {
    const int64_t before = CountOf("version 1");
    EXPECT_TRUE(
        WaitUntil(kLimit, [&] { return CountOf("version 1") > before + 100; }));
    load_->Stop();
    EXPECT_EQ(load_->Result().failed(), 0) << load_->Result().ToJson();
  }

  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<programs::Program> program_;
  std::unique_ptr<load::ConnectionLoad> load_;
};

TEST_F(Signal, TakenBackWhileTheOldOneRests) {
  ManifestFields fields = Fields(2);
  fields.min_ready = absl::Seconds(50);
  absl::Status applied = operate().Apply(Manifest(fields));
  ASSERT_TRUE(applied.ok()) << applied;
  ASSERT_TRUE(WaitUntil(kLimit, [&] { return CountOf("version 2") > 100; }));
  ASSERT_TRUE(operate().Run({"abort", "web"}).ok());
  ExpectEnd(End::kRolledBack);
  ExpectWell();
  // The same process as ever: it was not started again.
  auto swaps = operate().List("swaps", "web");
  ASSERT_TRUE(swaps.ok()) << swaps.status();
  EXPECT_EQ(swaps->swaps_size(), 2);
}

// It binds another port than its endpoint says, and lets go of what it
// inherits.
TEST_F(Signal, ASuccessorThatDoesNotTakeTheListener) {
  auto elsewhere = Fields(2, 1);
  absl::Status applied = operate().Apply(Manifest(elsewhere));
  ASSERT_TRUE(applied.ok()) << applied;
  ExpectEnd(End::kRolledBack);
  ExpectTold("no process of its own has accepted a connection");
  EXPECT_THAT(load_->Result().bodies(), ElementsAre(Key("version 1")));
  // nginx starts a successor only if it has none.
  applied = operate().Apply(Manifest(Fields(3)));
  ASSERT_TRUE(applied.ok()) << applied;
  ExpectEnd(End::kDone);
  EXPECT_TRUE(WaitUntil(kLimit, [&] { return CountOf("version 3") > 100; }));
  load_->Stop();
  EXPECT_EQ(load_->Result().failed(), 0) << load_->Result().ToJson();
}

TEST_F(Signal, ARevisionThatChangesTheCommandIsRefused) {
  ManifestFields fields = Fields(2);
  fields.version.command.push_back("-q");
  absl::Status applied = operate().Apply(Manifest(fields));
  ASSERT_TRUE(applied.ok()) << applied;
  ExpectEnd(End::kRolledBack);
  ExpectTold("spec.service.command: this revision changes it");
  EXPECT_THAT(load_->Result().bodies(), ElementsAre(Key("version 1")));
  ExpectWell();
}

}  // namespace
}  // namespace rollout::e2e
