// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/wave.h"

#include <algorithm>
#include <string>
#include <vector>

#include "controller/decide/decision.h"
#include "controller/decide/view.h"
#include "controller/store/catalog.h"
#include "controller/store/keys.h"
#include "gtest/gtest.h"

namespace rollout::reconcile {
namespace {

// Plan web, whose rollout asks host h1 for R1.
store::PlanState Web() {
  store::PlanState state;
  state.plan.record.mutable_plan()->set_name("web");
  v1::Rollout& rollout = state.rollout.record;
  rollout.set_plan("web");
  rollout.set_number(1);
  rollout.set_revision("R1");
  rollout.set_phase(v1::PROGRESSING);
  return state;
}

decide::PlanView View() {
  decide::PlanView view;
  view.now = absl::FromUnixSeconds(1000000);
  view.rollout.number = 1;
  view.rollout.revision = "R1";
  view.hosts.resize(1);
  view.hosts[0].name = "h1";
  return view;
}

// What is said between decision and disk counts: of all that begins something
// new, and of nothing else, or a freeze would keep a host from going back.
TEST(MakeWave, BeginsNothingWhereSomebodyHasSaidNoMeanwhile) {
  struct Case {
    decide::StepKind kind;
    bool compares;
  };
  const Case kCases[] = {
      {decide::StepKind::kEquip, true},
      {decide::StepKind::kBringIn, true},
      {decide::StepKind::kShift, true},
      {decide::StepKind::kSettle, false},
      {decide::StepKind::kTolerate, false},
      {decide::StepKind::kEndWarm, false},
      {decide::StepKind::kGoBack, false},
      {decide::StepKind::kWithdraw, false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(static_cast<int>(c.kind));
    decide::Decision decision;
    decision.step = {c.kind, {{0, {{"R1", decide::kWholeWeight, 1}}}}};
    const store::PlanState web = Web();
    const Wave wave = MakeWave({web, 7}, View(), decision);
    ASSERT_FALSE(wave.parts.empty());
    const auto& comparisons = wave.parts[0].transaction.comparisons;
    const bool compares = std::any_of(
        comparisons.begin(), comparisons.end(), [](const auto& comparison) {
          return comparison.key == store::kHoldsKey &&
                 comparison.mod_revision == 7;
        });
    EXPECT_EQ(compares, c.compares);
  }
}

}  // namespace
}  // namespace rollout::reconcile
