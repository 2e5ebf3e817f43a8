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

enum class Reach {
  // Somebody has not what the step gives, or is not well with it.
  kNotThere,
  // As far as is known: one that has it is not heard of at the moment, or has
  // not reported to this controller yet.
  kUnheard,
  // None is on its way, and there are as many as the step asks for, or no more
  // that could be asked.
  kThere,
};

// The revision it was asked for last takes its share of the clients.
bool HasItsWeight(const HostView& host) {
  const WeightedRevision& wanted = host.assigned.back();
  return std::any_of(host.generations.begin(), host.generations.end(),
                     [&wanted](const GenerationView& generation) {
                       return generation.revision == wanted.revision &&
                              generation.ready &&
                              generation.weight >= wanted.weight;
                     });
}

// Of one host that was asked for the target.
Reach ReachOf(const HostView& host, const HostState& state, int weight) {
  if (!host.settled || host.assigned.back().weight < weight ||
      host.lease_over) {
    return Reach::kNotThere;
  }
  if (!state.reachable) return Reach::kUnheard;
  return state.unavailable || !HasItsWeight(host) ? Reach::kNotThere
                                                  : Reach::kThere;
}

// One that has failed has had its turn: whether that is too many is not for the
// step to say.
Reach FindReach(const Classified& hosts, const Target& target) {
  const Course course = CourseOf(hosts.plan);
  int there = 0, failed = 0;
  bool others = false;
  Reach reach = Reach::kThere;
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    const HostView& host = hosts.plan.hosts[i];
    if (!IsAskedFor(host, target)) {
      others |= IsExpected(host);
    } else if (hosts.states[i].failure != Failure::kNone) {
      ++failed;
    } else {
      reach = std::min(reach, ReachOf(host, hosts.states[i], course.weight));
      ++there;
    }
  }
  const bool enough = there > 0 && (there + failed >= course.hosts || !others);
  return enough ? reach : Reach::kNotThere;
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
    course.hosts = std::min({course.hosts, limits.ok() ? limits->change() : 1,
                             ResolveOverlap(plan.strategy.max_overlap, desired),
                             plan.fleet.limit});
  }
  return course;
}

StepState FollowStep(const Classified& hosts, const Target& target) {
  const PlanView& plan = hosts.plan;
  StepState state{plan.rollout.steps_done, plan.rollout.step_reached, "", ""};
  if (!HasStep(plan)) return state;
  const Reach reach = FindReach(hosts, target);
  if (reach == Reach::kNotThere) state.reached = absl::InfiniteFuture();
  if (reach != Reach::kThere) return state;
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
