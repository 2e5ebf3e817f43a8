// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/canary.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "controller/decide/limits.h"

namespace rollout::decide {
namespace {

bool HasStep(const PlanView& plan) {
  return plan.rollout.phase == Phase::kProgressing &&
         plan.rollout.steps_done < plan.strategy.steps.size();
}

int HostsOf(const CanaryStep& step, int desired) {
  return std::min(std::max(step.hosts.RoundedUp(desired), 1), desired);
}

bool HasShare(const HostView& host, const HostState& state, int weight) {
  return host.settled && host.assigned.back().weight >= weight &&
         state.reachable && !state.unavailable;
}

// None is on its way, and there are as many as the step asks for, or no more
// that could be asked. One that has failed has had its turn: whether that is
// too many is not for the step to say.
bool IsReached(const Classified& hosts, const Target& target) {
  const Course course = CourseOf(hosts.plan);
  int there = 0, failed = 0;
  bool others = false;
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    const HostView& host = hosts.plan.hosts[i];
    if (!IsAskedFor(host, target)) {
      others |= !host.lease_over;
    } else if (hosts.states[i].failure != Failure::kNone) {
      ++failed;
    } else if (HasShare(host, hosts.states[i], course.weight)) {
      ++there;
    } else {
      return false;
    }
  }
  return there > 0 && (there + failed >= course.hosts || !others);
}

// "step 1 of 3 (5% of the connections of 1 host)"
std::string TitleOf(const PlanView& plan) {
  const Course course = CourseOf(plan);
  return absl::StrCat("step ", plan.rollout.steps_done + 1, " of ",
                      plan.strategy.steps.size(), " (", course.weight / 10.0,
                      "% of the connections of ", course.hosts,
                      course.hosts == 1 ? " host)" : " hosts)");
}

}  // namespace

Course CourseOf(const PlanView& plan) {
  const int desired = plan.hosts.size();
  if (!HasStep(plan)) return {desired, kWholeWeight};
  const CanaryStep& step = plan.strategy.steps[plan.rollout.steps_done];
  Course course{0, step.weight};
  for (size_t i = 0; i <= plan.rollout.steps_done; ++i) {
    course.hosts =
        std::max(course.hosts, HostsOf(plan.strategy.steps[i], desired));
  }
  if (course.weight < kWholeWeight) {
    auto limits = ResolveLimits(plan.strategy.max_surge,
                                plan.strategy.max_unavailable, desired);
    course.hosts = std::min(course.hosts, limits.ok() ? limits->change() : 1);
  }
  return course;
}

StepState FollowStep(const Classified& hosts, const Target& target) {
  const PlanView& plan = hosts.plan;
  StepState state{plan.rollout.steps_done, plan.rollout.step_reached, "", ""};
  if (!HasStep(plan)) return state;
  if (!IsReached(hosts, target)) {
    state.reached = absl::InfiniteFuture();
    return state;
  }
  state.reached = std::min(state.reached, plan.now);
  const CanaryStep& step = plan.strategy.steps[plan.rollout.steps_done];
  const absl::Time end = state.reached + step.bake;
  if (plan.now < end && !plan.rollout.promoted) {
    state.next = end;
    state.waiting = "Baking";
    state.waiting_message = absl::StrCat(
        TitleOf(plan), " bakes until ",
        absl::FormatTime(absl::RFC3339_sec, end, absl::UTCTimeZone()));
  } else if (step.needs_approval && !plan.rollout.approved) {
    state.waiting = "ApprovalRequired";
    state.waiting_message =
        absl::StrCat(TitleOf(plan), " waits for a person's approval");
  } else {
    state.done += 1;
    state.reached = absl::InfiniteFuture();
  }
  return state;
}

std::vector<size_t> SpreadOrder(const std::vector<std::string>& labels) {
  std::vector<size_t> order(labels.size()), rank(labels.size());
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < labels.size(); ++i) rank[i] = seen[labels[i]]++;
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tie(rank[a], labels[a], a) < std::tie(rank[b], labels[b], b);
  });
  return order;
}

}  // namespace rollout::decide
