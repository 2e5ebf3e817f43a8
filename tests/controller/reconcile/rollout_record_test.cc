// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/rollout_record.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rollout::reconcile {
namespace {

using decide::Phase;

// "Degraded 1 HostFailed: host h2: died".
std::string InWords(const v1::Rollout& rollout, const std::string& type) {
  for (const v1::Condition& condition : rollout.conditions()) {
    if (condition.type() != type) continue;
    return absl::StrCat(type, " ", condition.status(), " ", condition.reason(),
                        ": ", condition.message());
  }
  return "";
}

// Whoever looks at it at night sees why, and where it goes.
TEST(RolloutRecord, SaysWhyItRollsBackUntilAllAreBack) {
  struct Case {
    const char* name;
    Phase before, after;
    const char* failed_host;
    bool aborted;
    const char* degraded;
    const char* progressing;
  };
  const Case kCases[] = {
      {"it goes forward", Phase::kProgressing, Phase::kProgressing, "", false,
       "Degraded 0 AsExpected: no host has failed",
       "Progressing 1 RollingOut: to revision R1, 0 hosts in change"},
      {"a host fails", Phase::kProgressing, Phase::kRollingBack, "h2", false,
       "Degraded 1 HostFailed: host h2: died",
       "Progressing 1 RollingBack: to revision R0, 0 hosts in change"},
      {"that host is back, others are not", Phase::kRollingBack,
       Phase::kRollingBack, "", false, "Degraded 1 HostFailed: host h2: died",
       "Progressing 1 RollingBack: to revision R0, 0 hosts in change"},
      {"another one can't go back", Phase::kRollingBack, Phase::kRollingBack,
       "h3", false, "Degraded 1 HostFailed: host h3: died",
       "Progressing 1 RollingBack: to revision R0, 0 hosts in change"},
      {"all are back", Phase::kRollingBack, Phase::kRolledBack, "", false,
       "Degraded 0 AsExpected: the hosts are back",
       "Progressing 0 HostFailed: host h2: died"},
      {"a person goes back", Phase::kRollingBack, Phase::kRollingBack, "", true,
       "Degraded 0 AsExpected: no host has failed",
       "Progressing 1 RollingBack: to revision R0, 0 hosts in change"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    v1::Rollout before;
    before.set_revision("R1");
    before.set_stable_revision("R0");
    decide::PlanView view;
    view.now = absl::UnixEpoch();
    view.rollout.phase = c.before;
    view.rollout.aborted = c.aborted;
    decide::Decision decision;
    decision.phase = c.after;
    if (c.before == Phase::kRollingBack) {
      before.set_phase(v1::ROLLING_BACK);
      before.set_reason("HostFailed");
      before.set_message("host h2: died");
    } else {
      before.set_phase(v1::PROGRESSING);
    }
    if (c.before != c.after && c.after == Phase::kRollingBack) {
      decision.reason = "HostFailed";
      decision.message = "host h2: died";
    }
    decision.failed_host = c.failed_host;
    decision.failed_message = "died";
    decision.counts.failed = decision.failed_host.empty() ? 0 : 1;
    const v1::Rollout after = Updated(before, view, decision);
    EXPECT_EQ(InWords(after, "Degraded"), c.degraded);
    EXPECT_EQ(InWords(after, "Progressing"), c.progressing);
  }
}

// "web h1 HostRetried: is asked again, retry 1 of 2: died".
TEST(RolloutRecord, TellsOfHostsThatAreAskedAgain) {
  v1::Rollout rollout;
  rollout.set_plan("web");
  decide::PlanView view;
  view.strategy.retries = 2;
  view.hosts.resize(2);
  view.hosts[0].name = "h1";
  view.hosts[0].generations.resize(2);
  view.hosts[0].generations[0].number = 2;
  view.hosts[0].generations[0].revision = "R1";
  view.hosts[0].generations[0].message = "died";
  // What serves in its place says nothing of it.
  view.hosts[0].generations[1].number = 3;
  view.hosts[0].generations[1].revision = "R0";
  view.hosts[1].name = "h2";
  decide::Decision decision;
  decision.step = {decide::StepKind::kBringIn,
                   {{0, {{"R1", decide::kWholeWeight, 2, 1}}},
                    {1, {{"R1", decide::kWholeWeight, 2, 0}}}}};
  const auto events = EventsOf(rollout, rollout, view, decision);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].severity(), v1::Event::WARNING);
  EXPECT_EQ(absl::StrCat(events[0].plan(), " ", events[0].host(), " ",
                         events[0].reason(), ": ", events[0].message()),
            "web h1 HostRetried: is asked again, retry 1 of 2: died");
}

}  // namespace
}  // namespace rollout::reconcile
