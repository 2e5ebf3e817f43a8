// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/why.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "controller/decide/canary.h"
#include "controller/decide/host_state.h"
#include "controller/decide/phases.h"
#include "controller/decide/rollback.h"
#include "controller/decide/rolling.h"
#include "controller/decide/step.h"
#include "controller/decide/window.h"

namespace rollout::decide {
namespace {

// A few are enough to begin with.
constexpr size_t kNamed = 3;

std::string Seconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Seconds(duration), "s");
}

class Answers {
 public:
  explicit Answers(const PlanView& plan);

  HostWhy Of(size_t host) const;

 private:
  Classified hosts() const { return {plan_, states_}; }
  HostWhy OfUnreachable(const HostView& host) const;
  HostWhy OfAsked(size_t host) const;
  HostWhy OfWaiting(size_t host) const;
  HostWhy OfStep() const;
  // "2 hosts (web-1, web-2)": those of which that holds.
  std::string Named(bool (*holds)(const HostState& state)) const;

  const PlanView& plan_;
  const Target target_;
  const std::vector<HostState> states_;
  const Window window_;
  const Course course_;
  const StepState step_;
  const std::vector<Obstacle> obstacles_;
};

std::vector<HostState> ClassifyAll(const PlanView& plan) {
  std::vector<HostState> states;
  for (const HostView& host : plan.hosts) {
    states.push_back(Classify(host, plan));
  }
  return states;
}

Answers::Answers(const PlanView& plan)
    : plan_(plan),
      target_(TargetOf(plan)),
      states_(ClassifyAll(plan)),
      window_(hosts(), target_),
      course_(CourseOf(plan)),
      step_(FollowStep(hosts(), target_)),
      obstacles_(FindObstacles(hosts(), target_)) {}

std::string Answers::Named(bool (*holds)(const HostState& state)) const {
  std::vector<std::string> names;
  size_t count = 0;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (!holds(states_[i])) continue;
    if (++count <= kNamed) names.push_back(plan_.hosts[i].name);
  }
  return absl::StrCat(count, count == 1 ? " host (" : " hosts (",
                      absl::StrJoin(names, ", "),
                      count > kNamed ? ", ...)" : ")");
}

HostWhy Answers::OfUnreachable(const HostView& host) const {
  if (host.lease_over) {
    return {"Disconnected",
            "has been silent for a whole lease: it is not waited for, and gets "
            "its turn when it is back"};
  }
  if (host.connected) {
    return {"Disconnected", "has not said yet what it runs"};
  }
  return {"Disconnected",
          host.reported
              ? "its agent's stream is down; until its lease ends it counts as "
                "it was"
              : "has not been heard of since this controller started; until "
                "its lease ends it counts as in change and out of service"};
}

HostWhy Answers::OfStep() const {
  if (!step_.waiting.empty()) return {step_.waiting, step_.waiting_message};
  return {"CanaryStep",
          absl::StrCat("step ", plan_.rollout.steps_done + 1, " of ",
                       plan_.strategy.steps.size(), " takes ",
                       course_.weight / 10.0, "% of the connections of ",
                       course_.hosts, course_.hosts == 1 ? " host" : " hosts",
                       ", which are not all there")};
}

// What its agent does about it.
HostWhy Answers::OfAsked(size_t i) const {
  const HostView& host = plan_.hosts[i];
  if (host.settled && IsShared(host)) return OfStep();
  const WeightedRevision& wanted = host.assigned.back();
  const GenerationView* newest = nullptr;
  for (const GenerationView& each : host.generations) {
    if (each.revision != wanted.revision) continue;
    if (newest == nullptr || each.number > newest->number) newest = &each;
  }
  if (newest == nullptr) return {"Starting", "its agent has not begun yet"};
  if (newest->state == GenerationState::kServing && newest->ready &&
      newest->weight >= wanted.weight) {
    return {"MinReady",
            absl::StrCat("has served for ", Seconds(newest->serving_for),
                         " of ", Seconds(plan_.strategy.min_ready))};
  }
  return {"Starting",
          newest->message.empty()
              ? absl::StrCat("generation ", newest->number, " is not ready yet")
              : newest->message};
}

HostWhy Answers::OfWaiting(size_t i) const {
  switch (obstacles_[i]) {
    case Obstacle::kCanaryStep:
      return OfStep();
    case Obstacle::kUnavailable:
      return {"MaxUnavailable",
              absl::StrCat("of the hosts ", window_.limits().unavailable,
                           " may be out of service, and it does well: ",
                           Named([](const HostState& state) {
                             return state.unavailable;
                           }),
                           " out of service")};
    case Obstacle::kSurge:
      return {window_.limits().surge > 0 ? "MaxSurge" : "MaxUnavailable",
              absl::StrCat(
                  window_.limits().change(), " may be in change: ",
                  Named([](const HostState& state) { return state.in_change; }),
                  " in change")};
    case Obstacle::kFleet:
      return {"MaxHostsInChange",
              absl::StrCat(plan_.fleet.limit,
                           " may be in change in the whole fleet, and other "
                           "plans change ",
                           plan_.fleet.in_change_elsewhere)};
    case Obstacle::kOverlap:
      return {"MaxOverlap",
              absl::StrCat(window_.overlap(), " may have two generations: ",
                           Named([](const HostState& state) {
                             return state.overlapping;
                           }),
                           " with two")};
    case Obstacle::kNone:
      break;
  }
  return {"NextPass", "it is asked at this moment"};
}

HostWhy Answers::Of(size_t i) const {
  const HostView& host = plan_.hosts[i];
  const HostState& state = states_[i];
  const Phase phase = plan_.rollout.phase;
  const bool failed = state.failure != Failure::kNone;
  // Of one that has failed there is no way back either.
  const bool is_over = phase == Phase::kFailed || phase == Phase::kSuperseded;
  const std::string& wanted =
      is_over ? plan_.rollout.revision : target_.revision;
  if (IsSettledOn(host, wanted) && !failed && state.reachable &&
      !state.unavailable) {
    return {};
  }
  if (is_over) return {"RolloutOver", "the rollout ended before it got there"};
  if (!state.reachable) return OfUnreachable(host);
  if (failed) {
    return {state.failure == Failure::kDeadline ? "HostDeadlineExceeded"
                                                : "HostFailed",
            state.message};
  }
  if (plan_.rollout.paused) return {"Paused", "the rollout is paused"};
  if (phase == Phase::kRollingBack && host.assigned.empty()) {
    return {"RolloutOver", "the rollout goes back before its turn came"};
  }
  if (phase == Phase::kRollingBack) {
    return {host.assigned.back().revision == target_.revision ? "Starting"
                                                              : "MaxSurge",
            WhyNotBack(hosts(), i, target_)};
  }
  if (IsAskedFor(host, target_) && !MayBeAskedAgain(host, target_.retries)) {
    return OfAsked(i);
  }
  if (host.hold != Hold::kNone) {
    return {host.hold == Hold::kCordoned ? "Cordoned" : "Frozen",
            host.hold_message};
  }
  return OfWaiting(i);
}

}  // namespace

std::vector<HostWhy> Why(const PlanView& plan) {
  const Answers answers(plan);
  std::vector<HostWhy> all;
  for (size_t i = 0; i < plan.hosts.size(); ++i) all.push_back(answers.Of(i));
  return all;
}

}  // namespace rollout::decide
