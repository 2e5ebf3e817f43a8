// SPDX-License-Identifier: Apache-2.0
//
// Thousands of seeded histories of a simulated fleet; the invariants of
// DESIGN.md hold after every pass.

#include <algorithm>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "controller/decide/decision.h"
#include "controller/decide/host_state.h"
#include "controller/decide/limits.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/simulated_fleet.h"

namespace rollout::decide {
namespace {

constexpr int kSeeds = 2000;
// A storm this long, then calm weather.
constexpr int kStormSeconds = 200;
constexpr int kCalmSeconds = 4000;

// Hosts and weights that don't fall.
std::vector<CanaryStep> AnySteps(std::mt19937& random) {
  std::vector<CanaryStep> steps(1 + random() % 3);
  int hosts = 1, weight = 50;
  for (CanaryStep& step : steps) {
    hosts += random() % 2;
    if (random() % 2 == 0) weight = weight == 50 ? 500 : kWholeWeight;
    step.hosts = HostLimit::Count(hosts);
    step.weight = weight;
    step.bake = absl::Seconds(random() % 30);
    step.needs_approval = random() % 4 == 0;
  }
  return steps;
}

StrategyView AnyStrategy(std::mt19937& random) {
  StrategyView strategy;
  strategy.max_surge = random() % 4 == 0 ? HostLimit::Percent(25)
                                         : HostLimit::Count(random() % 4);
  strategy.max_unavailable = random() % 2 == 0 ? HostLimit::Count(random() % 3)
                                               : HostLimit::Percent(20);
  if (strategy.max_surge.is_zero() && strategy.max_unavailable.is_zero()) {
    strategy.max_surge = HostLimit::Count(1);
  }
  strategy.max_overlap =
      random() % 2 == 0 ? HostLimit::Percent(100) : HostLimit::Percent(30);
  strategy.keep_warm = absl::Seconds(random() % 2 == 0 ? 600 : 20);
  strategy.auto_rollback = random() % 4 != 0;
  if (random() % 3 == 0) strategy.steps = AnySteps(random);
  if (random() % 4 == 0) strategy.failure_tolerance = HostLimit::Count(1);
  return strategy;
}

Weather AnyWeather(std::mt19937& random) {
  Weather weather;
  weather.disconnect = random() % 2 == 0 ? 0 : 10;
  weather.reconnect = random() % 2 == 0 ? 100 : 5;
  weather.crash = random() % 3 == 0 ? 3 : 0;
  weather.bad_hosts = random() % 2 == 0 ? 1000 : 300;
  // 8 s is before minReady, 25 s after it.
  weather.bad_after = absl::Seconds(random() % 3 == 0 ? 25 : 8);
  return weather;
}

int Overlapping(const PlanView& plan) {
  int overlapping = 0;
  for (const HostView& host : plan.hosts) {
    overlapping += Classify(host, plan).overlapping;
  }
  return overlapping;
}

int InChange(const PlanView& plan) {
  int in_change = 0;
  for (const HostView& host : plan.hosts) {
    in_change += Classify(host, plan).in_change;
  }
  return in_change;
}

// One history: what the seed says happens, and the checks after every pass.
class History {
 public:
  explicit History(uint32_t seed)
      : random_(seed),
        strategy_(AnyStrategy(random_)),
        weather_(AnyWeather(random_)),
        hosts_(1 + random_() % 9),
        fleet_(seed, hosts_, strategy_, weather_),
        limits_(*ResolveLimits(strategy_.max_surge, strategy_.max_unavailable,
                               hosts_)),
        overlap_(ResolveOverlap(strategy_.max_overlap, hosts_)) {}

  void Run() {
    fleet_.StartRollout("R1");
    Live(60, /*storm=*/false);
    fleet_.SetBad("R2");
    fleet_.SetBad("R4");
    Live(kStormSeconds, /*storm=*/true);
    fleet_.SetWeather({0, 1000, 0, 0, weather_.bad_after});
    Calm();
  }

 private:
  // Now and then somebody does something.
  void Meddle() {
    switch (random_() % 100) {
      case 0:
      case 1:
        fleet_.StartRollout(absl::StrCat("R", 1 + random_() % 4));
        break;
      case 2:
        if (!IsOver(phase())) fleet_.SetPaused(true);
        break;
      case 3:
      case 4:
        if (!IsOver(phase())) fleet_.SetPaused(false);
        break;
      case 5:
        if (random_() % 2 == 0) fleet_.Abort();
        break;
      case 7:
        fleet_.Promote();
        break;
      case 8:
        fleet_.Approve();
        break;
      case 6:
        if (random_() % 2 == 0) fleet_.RestartController();
        break;
      default:
        break;
    }
  }

  void Live(int seconds, bool storm) {
    for (int i = 0; i < seconds && !::testing::Test::HasFailure(); ++i) {
      if (storm) Meddle();
      fleet_.Second();
      for (int pass = 0; pass < 3 && CheckedPass(); ++pass) {
      }
    }
  }

  // EventuallySettles.
  void Calm() {
    for (int i = 0; i < kCalmSeconds; ++i) {
      if (fleet_.view().rollout.paused) fleet_.Abort();
      fleet_.Approve();
      Live(1, /*storm=*/false);
      if (AtRest() || ::testing::Test::HasFailure()) return;
    }
    ADD_FAILURE() << "does not settle\n" << fleet_.Describe();
  }

  bool AtRest() const {
    if (!IsOver(phase())) return false;
    if (phase() == Phase::kFailed) return true;
    const PlanView& plan = fleet_.view();
    const std::string& wanted = phase() == Phase::kComplete
                                    ? plan.rollout.revision
                                    : plan.rollout.stable_revision;
    return std::all_of(
        plan.hosts.begin(), plan.hosts.end(), [&](const HostView& host) {
          bool there = IsSettledOn(host, wanted) && host.assigned.size() == 1;
          return there || Classify(host, plan).failure != Failure::kNone;
        });
  }

  Phase phase() const { return fleet_.view().rollout.phase; }

  // Returns whether the pass asked for something.
  bool CheckedPass() {
    PlanView before = fleet_.view();
    Decision decision = fleet_.Pass();
    const PlanView& after = fleet_.view();
    if (decision.phase != before.rollout.phase) {
      EXPECT_TRUE(MayFollow(before.rollout.phase, decision.phase));
    }
    CheckPause(before, decision);
    CheckBringIn(before, decision, after);
    CheckSteps(before, decision);
    CheckGoBack(before, decision, after);
    CheckHosts(after);
    if (::testing::Test::HasFailure()) ADD_FAILURE() << fleet_.Describe();
    return decision.step.kind != StepKind::kNone;
  }

  // PausedMeansNoNewWork.
  void CheckPause(const PlanView& before, const Decision& decision) {
    if (!before.rollout.paused) return;
    EXPECT_TRUE(decision.step.kind == StepKind::kNone ||
                decision.step.kind == StepKind::kSettle);
    EXPECT_EQ(decision.phase, before.rollout.phase);
  }

  // A step reaches no host and no connection that it does not name, and the
  // rollout goes past none that has not baked or lacks its approval.
  void CheckSteps(const PlanView& before, const Decision& decision) {
    const RolloutView& rollout = before.rollout;
    const std::vector<CanaryStep>& steps = strategy_.steps;
    if (rollout.phase != Phase::kProgressing ||
        rollout.steps_done >= steps.size()) {
      return;
    }
    const CanaryStep& step = steps[rollout.steps_done];
    EXPECT_NE(decision.phase, Phase::kComplete);
    if (decision.steps_done > rollout.steps_done) {
      EXPECT_EQ(decision.steps_done, rollout.steps_done + 1);
      EXPECT_TRUE(rollout.promoted || step.bake == absl::ZeroDuration() ||
                  before.now >= rollout.step_reached + step.bake);
      EXPECT_TRUE(rollout.approved || !step.needs_approval);
    }
    const Target target{rollout.revision, rollout.number};
    int asked = 0;
    for (const HostView& host : before.hosts) asked += IsAskedFor(host, target);
    for (const HostAction& action : decision.step.actions) {
      if (decision.step.kind != StepKind::kBringIn &&
          decision.step.kind != StepKind::kShift) {
        continue;
      }
      const HostView& host = before.hosts[action.host];
      asked += !IsAskedFor(host, target);
      EXPECT_TRUE(action.revisions.size() == 1 ||
                  action.revisions.back().weight <= step.weight);
    }
    if (decision.step.kind == StepKind::kBringIn) {
      EXPECT_LE(asked, step.hosts.RoundedUp(hosts_));
    }
  }

  // NeverMoreThanSurge, NeverMoreThanOverlap, NeverBelowMinAvailable.
  void CheckBringIn(const PlanView& before, const Decision& decision,
                    const PlanView& after) {
    if (decision.step.kind != StepKind::kBringIn) return;
    bool more_in_change = InChange(after) > InChange(before);
    bool more_overlap = Overlapping(after) > Overlapping(before);
    EXPECT_TRUE(!more_in_change || InChange(after) <= limits_.change());
    EXPECT_TRUE(!more_overlap || Overlapping(after) <= overlap_);
    int unavailable = 0;
    for (const HostView& host : before.hosts) {
      unavailable += Classify(host, before).unavailable;
    }
    for (const HostAction& action : decision.step.actions) {
      HostState state = Classify(before.hosts[action.host], before);
      if (state.in_change || state.unavailable) continue;
      EXPECT_LE(unavailable, limits_.unavailable) << "touched a healthy host";
    }
  }

  // RollbackOnlyToStable.
  void CheckGoBack(const PlanView& before, const Decision& decision,
                   const PlanView& after) {
    if (decision.step.kind != StepKind::kGoBack) return;
    EXPECT_EQ(before.rollout.phase, Phase::kRollingBack);
    int cold = 0;
    for (const HostAction& action : decision.step.actions) {
      ASSERT_EQ(action.revisions.size(), 1u);
      EXPECT_EQ(action.revisions[0].revision, before.rollout.stable_revision);
      cold +=
          !IsReady(before.hosts[action.host], before.rollout.stable_revision);
    }
    EXPECT_LE(cold, limits_.change());
    if (cold > 0 && Overlapping(after) > Overlapping(before)) {
      EXPECT_LE(Overlapping(after), overlap_);
    }
  }

  // Whatever happens, an assignment gives all of the weight to one revision.
  void CheckHosts(const PlanView& after) {
    for (const HostView& host : after.hosts) {
      int weight = 0;
      for (const WeightedRevision& w : host.assigned) weight += w.weight;
      EXPECT_TRUE(host.assigned.empty() || weight == kWholeWeight);
      EXPECT_LE(host.assigned.size(), 2u);
    }
    // Unless something crashes on its own, nobody who serves ever stops to: a
    // bad revision fails before its predecessor has been let go.
    bool spared =
        weather_.crash == 0 && weather_.bad_after < strategy_.min_ready;
    EXPECT_TRUE(!spared || fleet_.OutOfService() == 0);
  }

  std::mt19937 random_;
  const StrategyView strategy_;
  const Weather weather_;
  const int hosts_;
  SimulatedFleet fleet_;
  const Limits limits_;
  const int overlap_;
};

TEST(DecisionSimulation, InvariantsHoldInEveryHistory) {
  for (uint32_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    History(seed).Run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace rollout::decide
