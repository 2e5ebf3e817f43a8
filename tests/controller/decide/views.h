// SPDX-License-Identifier: Apache-2.0
//
// Views in one line each, for the tables of this room's tests.

#ifndef TESTS_CONTROLLER_DECIDE_VIEWS_H_
#define TESTS_CONTROLLER_DECIDE_VIEWS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "controller/decide/decision.h"
#include "controller/decide/host_state.h"
#include "controller/decide/view.h"

namespace rollout::decide {

inline absl::Time Now() { return absl::FromUnixSeconds(1000000); }

inline GenerationView Starting(std::string revision) {
  GenerationView g;
  g.number = 1;
  g.revision = std::move(revision);
  g.attempt = 1;
  return g;
}
inline GenerationView Ready(std::string revision) {
  GenerationView g = Starting(std::move(revision));
  g.state = GenerationState::kReady;
  g.ready = true;
  return g;
}
inline GenerationView Serving(std::string revision, int seconds = 100) {
  GenerationView g = Ready(std::move(revision));
  g.state = GenerationState::kServing;
  g.weight = kWholeWeight;
  g.serving_for = absl::Seconds(seconds);
  return g;
}
inline GenerationView Warm(std::string revision) {
  GenerationView g = Ready(std::move(revision));
  g.state = GenerationState::kWarm;
  return g;
}
inline GenerationView Draining(std::string revision) {
  GenerationView g = Ready(std::move(revision));
  g.state = GenerationState::kDraining;
  return g;
}
inline GenerationView Failed(std::string revision, int attempt = 1) {
  GenerationView g = Starting(std::move(revision));
  g.number = 2;
  g.attempt = attempt;
  g.state = GenerationState::kFailed;
  g.message = "exited with status 1";
  return g;
}

// {revision, weight} or {revision, weight, attempt}; attempt 1 by default.
inline WeightedRevision W(std::string revision, int weight, int attempt = 1) {
  return {std::move(revision), weight, attempt};
}

// A connected host that is in change since 20 s.
inline HostView InChange(std::vector<WeightedRevision> assigned,
                         std::vector<GenerationView> runs) {
  HostView host;
  host.name = "h";
  host.connected = host.reported = true;
  host.assigned = std::move(assigned);
  host.began = host.changed = Now() - absl::Seconds(20);
  host.generations = std::move(runs);
  return host;
}
// A connected host that got there.
inline HostView Settled(std::vector<WeightedRevision> assigned,
                        std::vector<GenerationView> runs) {
  HostView host = InChange(std::move(assigned), std::move(runs));
  host.settled = true;
  return host;
}
// Serves `revision` and nothing else.
inline HostView On(const std::string& revision) {
  return Settled({W(revision, kWholeWeight)}, {Serving(revision)});
}
// A connected host that has never been given anything.
inline HostView Fresh() { return InChange({}, {}); }
// Silent for a whole lease.
inline HostView Lost(HostView host) {
  host.connected = false;
  host.lease_over = true;
  return host;
}
// Not heard of since the controller started.
inline HostView Unheard(HostView host) {
  host.connected = host.reported = false;
  host.generations.clear();
  return host;
}

// Rollout 2 from R0 to R1, begun ten minutes ago, with progress a minute ago.
inline PlanView Plan(std::vector<HostView> hosts) {
  PlanView plan;
  plan.now = Now();
  plan.rollout.number = 2;
  plan.rollout.revision = "R1";
  plan.rollout.stable_revision = "R0";
  plan.rollout.running_since = Now() - absl::Minutes(10);
  plan.rollout.unpaused_since = Now() - absl::Minutes(10);
  plan.rollout.progressed = Now() - absl::Seconds(60);
  plan.hosts = std::move(hosts);
  for (size_t i = 0; i < plan.hosts.size(); ++i) {
    plan.hosts[i].name = absl::StrCat("h", i);
  }
  return plan;
}

inline std::string Word(StepKind kind) {
  switch (kind) {
    case StepKind::kNone:
      return "nothing";
    case StepKind::kBringIn:
      return "bring in";
    case StepKind::kEquip:
      return "equip";
    case StepKind::kShift:
      return "shift";
    case StepKind::kTolerate:
      return "tolerate";
    case StepKind::kSettle:
      return "settle";
    case StepKind::kEndWarm:
      return "end warm";
    case StepKind::kGoBack:
      return "go back";
    case StepKind::kWithdraw:
      return "withdraw";
  }
  return "";
}

// "shift: h0 [R0:0 R1:1000]"; attempts are left out.
inline std::string Text(const Step& step) {
  std::string text = Word(step.kind);
  const char* separator = ": ";
  for (const HostAction& action : step.actions) {
    std::vector<std::string> revisions;
    for (const WeightedRevision& w : action.revisions) {
      revisions.push_back(absl::StrCat(w.revision, ":", w.weight));
    }
    absl::StrAppend(&text, separator, "h", action.host, " [",
                    absl::StrJoin(revisions, " "), "]");
    separator = ", ";
  }
  return text;
}

// The usual hosts on their way from R0 to R1.
inline HostView Begun() {
  return InChange({W("R0", 0), W("R1", 1000, 2)},
                  {Serving("R0"), Starting("R1")});
}
// Taken back to R0 for the time until R1 is ready, which it is.
inline HostView DarkAndReady() {
  return InChange({W("R0", 1000), W("R1", 0, 2)}, {Serving("R0"), Ready("R1")});
}
inline HostView Flipped(int seconds) {
  return InChange({W("R0", 0), W("R1", 1000, 2)},
                  {Warm("R0"), Serving("R1", seconds)});
}
// R1 has `weight` of its clients, as its canary step has it.
inline HostView Shares(int weight) {
  GenerationView before = Serving("R0", 0), candidate = Serving("R1", 0);
  before.weight = kWholeWeight - weight;
  candidate.weight = weight;
  return Settled({W("R0", kWholeWeight - weight), W("R1", weight, 2)},
                 {before, candidate});
}
inline HostView KeptWarm() {
  return Settled({W("R0", 0), W("R1", 1000, 2)}, {Warm("R0"), Serving("R1")});
}
// It had got there, died, and gave the clients back.
inline HostView DiedLate() {
  return Settled({W("R0", 0), W("R1", 1000, 2)},
                 {Serving("R0"), Failed("R1", 2)});
}
inline HostView FailedDark() {
  return InChange({W("R0", 0), W("R1", 1000, 2)},
                  {Serving("R0"), Failed("R1", 2)});
}
inline HostView JustFailed() {
  HostView host = FailedDark();
  host.began = host.changed = Now() - absl::Seconds(3);
  return host;
}
inline HostView FailedAfterFlip() {
  return InChange({W("R0", 0), W("R1", 1000, 2)},
                  {Serving("R0", 3), Failed("R1", 2)});
}
inline HostView Broken(const std::string& revision) {
  return Settled({W(revision, 1000)}, {Starting(revision)});
}

// Plans unlike the default one.
inline void Surge2(PlanView& plan) {
  plan.strategy.max_surge = HostLimit::Count(2);
}
inline void RollingBack(PlanView& plan) {
  plan.rollout.phase = Phase::kRollingBack;
}
inline void Complete(PlanView& plan) { plan.rollout.phase = Phase::kComplete; }
inline void Paused(PlanView& plan) { plan.rollout.paused = true; }

}  // namespace rollout::decide

#endif  // TESTS_CONTROLLER_DECIDE_VIEWS_H_
