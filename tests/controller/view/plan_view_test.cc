// SPDX-License-Identifier: Apache-2.0

#include "controller/view/plan_view.h"

#include <map>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "controller/fleet/fleet.h"
#include "controller/store/catalog.h"
#include "controller/view/host_facts.h"
#include "controller/view/live_plan_view.h"
#include "gtest/gtest.h"

namespace rollout::view {
namespace {

const Moment kMoment = {absl::FromUnixSeconds(1000000), absl::Hours(1),
                        absl::FromUnixSeconds(1000000) - absl::Minutes(5)};

// Rollout 1 of plan "web", begun a minute ago.
store::PlanState Web() {
  store::PlanState state;
  state.plan.record.mutable_plan()->set_name("web");
  v1::Rollout& rollout = state.rollout.record;
  rollout.set_plan("web");
  rollout.set_number(1);
  rollout.set_phase(v1::PROGRESSING);
  *rollout.mutable_created() = ToProto(kMoment.now - absl::Minutes(1));
  return state;
}

TEST(PlanView, KeepsWhatWasSeenApartFromWhatMayBe) {
  HostFacts facts;
  facts.info.set_name("h1");
  facts.connected = facts.reported = true;
  facts.observed_at = kMoment.uptime - absl::Seconds(8);
  decide::GenerationView serving;
  serving.state = decide::GenerationState::kServing;
  serving.ready = true;
  serving.weight = decide::kWholeWeight;
  serving.serving_for = absl::Seconds(4);
  facts.generations["web"] = {serving};
  decide::PlanView view =
      MakePlanView({Web(), {}, {}}, {{"h1", facts}}, kMoment);
  ASSERT_EQ(view.hosts.size(), 1u);
  EXPECT_EQ(view.hosts[0].generations[0].serving_for, absl::Seconds(4));
  EXPECT_EQ(view.hosts[0].observed_for, absl::Seconds(8));
}

// A host is out of service while it changes: maxSurge 3 lets none change, then.
TEST(PlanView, WhatCanNotRunTwiceHasNoSurge) {
  v1::PlanSpec spec;
  spec.mutable_strategy()->mutable_max_surge()->set_count(3);
  spec.mutable_strategy()->mutable_max_unavailable()->set_count(2);
  auto change = [&spec] {
    const decide::StrategyView view = ToView(spec);
    return decide::ResolveLimits(view.max_surge, view.max_unavailable, 10)
        ->change();
  };
  EXPECT_EQ(change(), 3);
  spec.mutable_service()->set_handover(v1::EXCLUSIVE);
  EXPECT_EQ(change(), 2);
}

TEST(HostFacts, CutsWhatAHostHasToSay) {
  auto message = [](std::string text) {
    auto observation = std::make_shared<v1::Observation>();
    v1::ServiceObservation* service = observation->add_services();
    service->set_plan("web");
    service->add_generations()->set_message(std::move(text));
    fleet::HostSnapshot snapshot;
    snapshot.observation = observation;
    return ToFacts(snapshot, absl::Hours(1)).generations["web"][0].message;
  };
  EXPECT_EQ(message("exited with status 1"), "exited with status 1");
  EXPECT_EQ(message(std::string(1024, 'a')), std::string(1024, 'a'));
  EXPECT_EQ(message(std::string(2000000, 'a')), std::string(1021, 'a') + "…");
  // 1021 bytes end within a character of two.
  std::string umlauts;
  for (int i = 0; i < 600; ++i) umlauts += "ä";
  EXPECT_EQ(message(umlauts), umlauts.substr(0, 1020) + "…");
}

TEST(PlanView, WhatLiesAheadStartsOver) {
  struct Case {
    const char* name;
    absl::Duration ahead;
    absl::Time seen;
  };
  const Case kCases[] = {
      {"a minute ago", -absl::Minutes(1), kMoment.now - absl::Minutes(1)},
      {"before this controller", -absl::Hours(1), kMoment.now - absl::Hours(1)},
      {"within the slack", kClockSlack, kMoment.now},
      {"before the clock was set back", absl::Hours(1), kMoment.started},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    HostFacts facts;
    facts.info.set_name("h1");
    store::AssignmentRecord assignment;
    assignment.set_host("h1");
    *assignment.mutable_began() = ToProto(kMoment.now + c.ahead);
    *assignment.mutable_changed() = assignment.began();
    store::PlanState state = Web();
    *state.rollout.record.mutable_progressed() = assignment.began();
    decide::PlanView view =
        MakePlanView({state, {assignment}, {}}, {{"h1", facts}}, kMoment);
    ASSERT_EQ(view.hosts.size(), 1u);
    EXPECT_EQ(view.hosts[0].began, c.seen);
    EXPECT_EQ(view.hosts[0].changed, c.seen);
    EXPECT_EQ(view.rollout.progressed, c.seen);
    EXPECT_LE(view.rollout.running_since, kMoment.now);
  }
}

TEST(PlanView, ClocksStandStillWhileItWaitsAndRunAfterItsEnd) {
  struct Case {
    const char* name;
    v1::RolloutPhase phase;
    bool progressing;
    absl::Duration ago;
  };
  // The condition changed 20 s ago.
  const Case kCases[] = {
      {"it runs", v1::PROGRESSING, true, absl::Seconds(20)},
      {"it waits", v1::PROGRESSING, false, absl::ZeroDuration()},
      {"its way back waits", v1::ROLLING_BACK, false, absl::ZeroDuration()},
      {"it is complete", v1::COMPLETE, false, absl::Seconds(20)},
      {"it was rolled back", v1::ROLLED_BACK, false, absl::Seconds(20)},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    store::PlanState state = Web();
    state.rollout.record.set_phase(c.phase);
    v1::Condition* condition = state.rollout.record.add_conditions();
    condition->set_type("Progressing");
    condition->set_status(c.progressing);
    *condition->mutable_changed() = ToProto(kMoment.now - absl::Seconds(20));
    decide::PlanView view = MakePlanView({state, {}, {}}, {}, kMoment);
    EXPECT_EQ(kMoment.now - view.rollout.running_since, c.ago);
  }
}

}  // namespace
}  // namespace rollout::view
