// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/plan_view.h"

#include <map>
#include <string>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "controller/reconcile/host_facts.h"
#include "controller/store/catalog.h"
#include "gtest/gtest.h"

namespace rollout::reconcile {
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
  decide::PlanView view = MakePlanView(Web(), {}, {{"h1", facts}}, kMoment);
  ASSERT_EQ(view.hosts.size(), 1u);
  EXPECT_EQ(view.hosts[0].generations[0].serving_for, absl::Seconds(4));
  EXPECT_EQ(view.hosts[0].observed_for, absl::Seconds(8));
}

}  // namespace
}  // namespace rollout::reconcile
