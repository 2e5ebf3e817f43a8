// SPDX-License-Identifier: Apache-2.0

#include "controller/view/live_plan_view.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
#include "controller/store/catalog.h"
#include "controller/view/host_facts.h"
#include "controller/view/plan_view.h"
#include "gtest/gtest.h"

namespace rollout::view {
namespace {

const Moment kMoment = {absl::FromUnixSeconds(1000000), absl::Hours(1),
                        absl::FromUnixSeconds(1000000) - absl::Minutes(5)};

store::PlanState Web() {
  store::PlanState state;
  state.plan.mod_revision = 3;
  v1::Plan& plan = *state.plan.record.mutable_plan();
  plan.set_name("web");
  (*plan.mutable_spec()->mutable_hosts()->mutable_match_labels())["role"] =
      "web";
  plan.mutable_spec()->mutable_strategy()->set_spread("zone");
  v1::Rollout& rollout = state.rollout.record;
  rollout.set_plan("web");
  rollout.set_number(1);
  rollout.set_phase(v1::PROGRESSING);
  *rollout.mutable_created() = ToProto(kMoment.now - absl::Minutes(1));
  return state;
}

HostFacts FactsOf(const std::string& host) {
  HostFacts facts;
  facts.info.set_name(host);
  (*facts.info.mutable_labels())["role"] = "web";
  facts.connected = facts.reported = true;
  facts.observed_at = kMoment.uptime;
  return facts;
}

decide::GenerationView Serving(const std::string& revision) {
  decide::GenerationView generation;
  generation.number = 1;
  generation.revision = revision;
  generation.state = decide::GenerationState::kServing;
  generation.ready = true;
  generation.weight = decide::kWholeWeight;
  return generation;
}

store::AssignmentRecord Asked(const std::string& host, bool settled) {
  store::AssignmentRecord record;
  record.set_plan("web");
  record.set_host(host);
  v1::WeightedRevision* revision = record.add_revisions();
  revision->set_revision("R1");
  revision->set_weight(decide::kWholeWeight);
  *record.mutable_began() = ToProto(kMoment.now - absl::Minutes(1));
  *record.mutable_changed() = record.began();
  if (settled) *record.mutable_settled() = record.began();
  return record;
}

// All a decision can rest on.
std::string TextOf(const decide::HostView& host) {
  std::string text = absl::StrCat(
      host.name, " ", host.connected, host.reported, host.lease_over,
      host.settled, host.failed, static_cast<int>(host.hold), " ",
      host.hold_message, " ", absl::FormatTime(host.began), " ",
      absl::FormatTime(host.changed), " ",
      absl::FormatDuration(host.observed_for));
  for (const decide::WeightedRevision& revision : host.assigned) {
    absl::StrAppend(&text, " ", revision.revision, ":", revision.weight, "@",
                    revision.attempt);
  }
  for (const decide::GenerationView& each : host.generations) {
    absl::StrAppend(&text, " #", each.number, "=", each.revision, "@",
                    each.attempt, " ", static_cast<int>(each.state), " ",
                    each.weight, each.ready, " ",
                    absl::FormatDuration(each.serving_for), each.message);
  }
  return text;
}

std::vector<std::string> TextOf(const decide::PlanView& view) {
  std::vector<std::string> hosts;
  for (const decide::HostView& host : view.hosts) {
    hosts.push_back(TextOf(host));
  }
  return hosts;
}

// A step in the life of a fleet: at random, and by the plan's own words.
class RandomFleet {
 public:
  explicit RandomFleet(unsigned seed) : random_(seed) {
    for (int i = 0; i < 8; ++i) {
      HostFacts facts = FactsOf(absl::StrCat("h", i));
      (*facts.info.mutable_labels())["zone"] = absl::StrCat(Below(3));
      hosts_[facts.info.name()] = facts;
    }
  }

  // Puts the change into the view as well.
  void Change(LivePlanView* live) {
    const std::string name = absl::StrCat("h", Below(8));
    if (Below(2) == 0) {
      store::AssignmentRecord record = Asked(name, Below(2) == 0);
      record.mutable_revisions(0)->set_attempt(Below(5));
      assignments_[name] = record;
      return live->SetAssignment(record);
    }
    HostFacts& facts = hosts_[name];
    facts.connected = Below(4) > 0;
    facts.observed_at = kMoment.uptime - absl::Seconds(Below(9));
    facts.generations["web"] = {Serving(absl::StrCat("R", Below(2)))};
    facts.generations["web"][0].serving_for = absl::Seconds(Below(9));
    live->SetFacts(facts);
  }

  PlanRecords records() const {
    PlanRecords records{Web(), {}, {}};
    for (const auto& [host, record] : assignments_) {
      records.assignments.push_back(record);
    }
    return records;
  }
  const std::map<std::string, HostFacts>& hosts() const { return hosts_; }

 private:
  int Below(int limit) {
    return std::uniform_int_distribution<int>(0, limit - 1)(random_);
  }

  std::mt19937 random_;
  std::map<std::string, HostFacts> hosts_;
  std::map<std::string, store::AssignmentRecord> assignments_;
};

TEST(LivePlanView, IsWhatOneMadeForTheMomentIs) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    RandomFleet fleet(seed);
    LivePlanView live;
    live.Make(fleet.records(), fleet.hosts());
    for (int step = 0; step < 40; ++step) {
      fleet.Change(&live);
      ASSERT_EQ(TextOf(live.At(Web().rollout.record, {}, kMoment)),
                TextOf(MakePlanView(fleet.records(), fleet.hosts(), kMoment)));
    }
  }
}

// Ten thousand heartbeats say nothing that a pass would decide on.
TEST(LivePlanView, KnowsWhatNoDecisionRestsOn) {
  struct Case {
    const char* name;
    bool settled;
    HostFacts (*now)(HostFacts before);
    bool matters;
  };
  const Case kCases[] = {
      {"it serves for longer", true,
       [](HostFacts f) {
         f.generations["web"][0].serving_for += absl::Seconds(30);
         return f;
       },
       false},
      {"it serves for longer, and has not got there", false,
       [](HostFacts f) {
         f.generations["web"][0].serving_for += absl::Seconds(30);
         return f;
       },
       true},
      {"it is gone", true,
       [](HostFacts f) {
         f.connected = false;
         return f;
       },
       true},
      {"another revision has the clients", true,
       [](HostFacts f) {
         f.generations["web"] = {Serving("R0")};
         return f;
       },
       true},
      {"another plan's service has", true,
       [](HostFacts f) {
         f.generations["db"] = {Serving("R0")};
         return f;
       },
       false},
      {"it is none of the plan's hosts", true,
       [](HostFacts f) {
         f.info.set_name("other");
         f.connected = false;
         return f;
       },
       false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    HostFacts facts = FactsOf("h1");
    facts.generations["web"] = {Serving("R1")};
    LivePlanView live;
    live.Make({Web(), {Asked("h1", c.settled)}, {}}, {{"h1", facts}});
    EXPECT_EQ(live.SetFacts(c.now(facts)), c.matters);
  }
}

TEST(LivePlanView, IsOfThePlanAndTheHoldsItWasMadeFrom) {
  LivePlanView live;
  live.Make({Web(), {}, {}}, {});
  EXPECT_TRUE(live.IsOf(Web(), {}));
  store::PlanState changed = Web();
  changed.plan.mod_revision += 1;
  EXPECT_FALSE(live.IsOf(changed, {}));
  store::PlanState overriding = Web();
  overriding.rollout.record.mutable_freeze_override();
  EXPECT_FALSE(live.IsOf(overriding, {}));
  store::Holds holds;
  holds.mod_revision = 9;
  EXPECT_FALSE(live.IsOf(Web(), holds));
}

}  // namespace
}  // namespace rollout::view
