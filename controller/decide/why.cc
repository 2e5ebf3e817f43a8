// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/why.h"

#include <cstddef>
#include <map>
#include <tuple>

#include "absl/functional/function_ref.h"
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
  duration = absl::Trunc(duration, absl::Seconds(1));
  // FormatDuration has no unit for zero.
  return duration == absl::ZeroDuration() ? "0s"
                                          : absl::FormatDuration(duration);
}

// The newest generation of what the host was asked for last, one that ended in
// an earlier attempt aside; null: none.
const GenerationView* NewestOf(const HostView& host) {
  const WeightedRevision& wanted = host.assigned.back();
  const GenerationView* newest = nullptr;
  for (const GenerationView& each : host.generations) {
    const bool is_past = (each.state == GenerationState::kEnded ||
                          each.state == GenerationState::kFailed) &&
                         std::tie(each.attempt, each.retry) <
                             std::tie(wanted.attempt, wanted.retry);
    if (each.revision != wanted.revision || is_past) continue;
    if (newest == nullptr || each.number > newest->number) newest = &each;
  }
  return newest;
}

// Nothing more happens in it, and hosts that are not there stay so.
bool HasStopped(const PlanView& plan) {
  return plan.rollout.phase == Phase::kFailed ||
         plan.rollout.phase == Phase::kSuperseded;
}

// What hosts are measured by.
Target MeasureOf(const PlanView& plan) {
  if (!HasStopped(plan)) return TargetOf(plan);
  return {plan.rollout.revision, plan.rollout.number};
}

std::vector<HostState> ClassifyAll(const PlanView& plan) {
  std::vector<HostState> states;
  states.reserve(plan.hosts.size());
  for (const HostView& host : plan.hosts) {
    states.push_back(Classify(host, plan));
  }
  return states;
}

// Made once for all hosts of a plan: of ten thousand that wait most wait for
// the same.
class Answers {
 public:
  explicit Answers(const PlanView& plan);

  HostWhy Of(size_t host) const;

 private:
  Classified hosts() const { return {plan_, states_}; }
  bool IsGoingBack() const {
    return plan_.rollout.phase == Phase::kRollingBack;
  }
  std::vector<Obstacle> ObstaclesOfAll() const;
  HostWhy OfUnreachable(const HostView& host) const;
  HostWhy OfGeneration(size_t host) const;
  HostWhy OfAsked(size_t host) const;
  HostWhy OfGoingBack(size_t host) const;
  HostWhy OfStep() const;
  HostWhy OfRetry(const HostView& host) const;
  HostWhy OfObstacle(Obstacle obstacle) const;
  std::string InChange() const;
  // "2 hosts (web-1, web-2)": those of which that holds.
  std::string Named(absl::FunctionRef<bool(size_t host)> holds) const;

  const PlanView& plan_;
  const Target target_;
  const std::vector<HostState> states_;
  const Window window_;
  const Course course_;
  const StepState step_;
  const std::vector<Obstacle> obstacles_;
  std::map<Obstacle, HostWhy> of_obstacle_;
};

Answers::Answers(const PlanView& plan)
    : plan_(plan),
      target_(MeasureOf(plan)),
      states_(ClassifyAll(plan)),
      window_(hosts(), target_),
      course_(CourseOf(plan)),
      step_(FollowStep(hosts(), target_)),
      obstacles_(ObstaclesOfAll()) {
  for (Obstacle each : obstacles_) {
    if (of_obstacle_.count(each) == 0) of_obstacle_[each] = OfObstacle(each);
  }
}

std::vector<Obstacle> Answers::ObstaclesOfAll() const {
  return IsGoingBack() ? FindObstaclesBack(hosts(), target_)
                       : FindObstacles(hosts(), target_);
}

std::string Answers::Named(absl::FunctionRef<bool(size_t)> holds) const {
  std::vector<std::string> names;
  size_t count = 0;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (!holds(i)) continue;
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

HostWhy Answers::OfRetry(const HostView& host) const {
  const GenerationView* newest = NewestOf(host);
  return {"RetryPause",
          absl::StrCat(newest == nullptr ? "failed" : newest->message,
                       "; is asked again in ",
                       Seconds(RetryAt(host, plan_.strategy) - plan_.now),
                       ", retry ", host.assigned.back().retry + 1, " of ",
                       target_.retries)};
}

// What its agent does about it.
HostWhy Answers::OfGeneration(size_t i) const {
  const HostView& host = plan_.hosts[i];
  const GenerationView* newest = NewestOf(host);
  if (newest == nullptr) return {"Starting", "its agent has not begun yet"};
  const bool serves = newest->state == GenerationState::kServing &&
                      newest->ready &&
                      newest->weight >= host.assigned.back().weight;
  const GenerationView* unrested = FindUnrested(host, *newest);
  if (serves && unrested != nullptr) {
    return {"Draining",
            absl::StrCat(
                "generation ", unrested->number, " of ", unrested->revision,
                unrested->message.empty() ? " has not ended yet" : ": ",
                unrested->message)};
  }
  if (serves) {
    return {"MinReady",
            absl::StrCat("has served for ", Seconds(newest->serving_for),
                         " of ", Seconds(plan_.strategy.min_ready))};
  }
  if (!newest->message.empty()) return {"Starting", newest->message};
  return {"Starting",
          absl::StrCat("generation ", newest->number,
                       newest->ready
                           ? " is ready, and its agent brings the clients to it"
                           : " is not ready yet")};
}

HostWhy Answers::OfAsked(size_t i) const {
  const HostView& host = plan_.hosts[i];
  const bool may_take_more = MayTakeMore(host, target_, course_);
  const bool has_its_share =
      host.settled && IsShared(host) && !states_[i].unavailable;
  if (!may_take_more && !has_its_share) return OfGeneration(i);
  // A change that has begun goes on by itself, but not a share of it.
  if (plan_.rollout.paused) return {"Paused", "the rollout is paused"};
  if (!may_take_more) return OfStep();
  if (host.hold == Hold::kFrozen) return {"Frozen", host.hold_message};
  return OfObstacle(Obstacle::kNone);
}

// Nobody's hold keeps a host from that.
HostWhy Answers::OfGoingBack(size_t i) const {
  if (plan_.hosts[i].assigned.empty()) {
    return {"RolloutOver", "the rollout goes back before its turn came"};
  }
  if (!HasToGoBack(hosts(), i, target_)) return OfGeneration(i);
  if (plan_.rollout.paused) return {"Paused", "the rollout is paused"};
  return of_obstacle_.at(obstacles_[i]);
}

std::string Answers::InChange() const {
  if (IsGoingBack()) {
    return absl::StrCat(
        window_.limits().change(),
        " may start the stable revision again: ", Named([this](size_t i) {
          return IsStartingAgain(hosts(), i, target_);
        }),
        " on the way");
  }
  return absl::StrCat(window_.limits().change(), " may be in change: ",
                      Named([this](size_t i) { return states_[i].in_change; }),
                      " in change");
}

HostWhy Answers::OfObstacle(Obstacle obstacle) const {
  switch (obstacle) {
    case Obstacle::kCanaryStep:
      return OfStep();
    case Obstacle::kUnavailable:
      return {"MaxUnavailable",
              absl::StrCat(
                  "of the hosts ", window_.limits().unavailable,
                  " may be out of service, and it does well: ",
                  Named([this](size_t i) { return states_[i].unavailable; }),
                  " out of service")};
    case Obstacle::kSurge:
      return {window_.limits().surge > 0 ? "MaxSurge" : "MaxUnavailable",
              InChange()};
    case Obstacle::kFleet:
      return {"MaxHostsInChange",
              absl::StrCat(plan_.fleet.limit,
                           " may be in change in the whole fleet, and other "
                           "plans change ",
                           plan_.fleet.in_change_elsewhere)};
    case Obstacle::kOverlap:
      return {"MaxOverlap",
              absl::StrCat(
                  window_.overlap(), " may have two generations: ",
                  Named([this](size_t i) { return states_[i].overlapping; }),
                  " with two")};
    case Obstacle::kNone:
      break;
  }
  return {"NextPass", "it is asked at this moment"};
}

HostWhy Answers::Of(size_t i) const {
  const HostView& host = plan_.hosts[i];
  const HostState& state = states_[i];
  const bool is_asked =
      IsAskedFor(host, target_) && !MayBeAskedAgain(host, target_.retries);
  // What failed before it was asked is no verdict: it gets its turn all the
  // same.
  const bool failed = is_asked && state.failure != Failure::kNone;
  const bool is_settled = IsSettledOn(host, target_.revision);
  if (is_asked && is_settled && !failed && state.reachable &&
      !state.unavailable) {
    return {};
  }
  if (!state.reachable) return OfUnreachable(host);
  if (failed) {
    return {state.failure == Failure::kDeadline ? "HostDeadlineExceeded"
                                                : "HostFailed",
            state.message};
  }
  if (HasStopped(plan_) && !is_settled) {
    return {"RolloutOver", "the rollout ended before it got there"};
  }
  if (HasStopped(plan_)) return OfGeneration(i);
  if (IsGoingBack()) return OfGoingBack(i);
  if (is_asked) return OfAsked(i);
  if (plan_.rollout.paused) return {"Paused", "the rollout is paused"};
  if (host.hold != Hold::kNone) {
    return {host.hold == Hold::kCordoned ? "Cordoned" : "Frozen",
            host.hold_message};
  }
  if (MayBeAskedAgain(host, target_.retries) &&
      plan_.now < RetryAt(host, plan_.strategy)) {
    return OfRetry(host);
  }
  return of_obstacle_.at(obstacles_[i]);
}

}  // namespace

std::vector<HostWhy> Why(const PlanView& plan) {
  const Answers answers(plan);
  std::vector<HostWhy> all;
  all.reserve(plan.hosts.size());
  for (size_t i = 0; i < plan.hosts.size(); ++i) all.push_back(answers.Of(i));
  return all;
}

}  // namespace rollout::decide
