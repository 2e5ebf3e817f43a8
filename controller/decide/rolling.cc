// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/rolling.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "controller/decide/window.h"

namespace rollout::decide {
namespace {

// Hosts whose predecessor is kept warm, there once and for all otherwise. Where
// the clients are back with it nothing of the kind is ended: after a reboot it
// has to be started again.
bool KeepsWarm(const HostView& host, const HostState& state) {
  return state.reachable && host.settled && host.assigned.size() > 1 &&
         !IsShared(host) && state.failure == Failure::kNone &&
         state.serving == host.assigned.back().revision;
}

class Forward {
 public:
  Forward(const Classified& hosts, const Target& target)
      : plan_(hosts.plan),
        states_(hosts.states),
        target_(target),
        course_(CourseOf(hosts.plan)),
        window_(hosts, target) {
    for (size_t i = 0; i < states_.size(); ++i) {
      asked_ += IsAskedFor(plan_.hosts[i], target);
      again_ += HasAnotherTry(i);
    }
  }

  Step Shift() const;
  Step Withdraw() const;
  Step Equip() const;
  Step EndWarm(bool over) const;
  Step MakeRoom() const;
  Step BringIn();
  // Once BringIn has taken what there is.
  std::vector<Obstacle> FindObstacles() const;

 private:
  struct Candidates {
    std::vector<size_t> on_their_way;
    std::vector<size_t> broken;
    std::vector<size_t> healthy;
  };

  Candidates FindCandidates() const;
  bool IsNewcomer(size_t host) const;
  // Has had its turn, failed, and gets another one.
  bool HasAnotherTry(size_t host) const;
  // The canary step takes it.
  bool HasTurn(size_t host) const;
  std::vector<WeightedRevision> FirstStep(size_t host) const;
  std::string Predecessor(size_t host) const;
  void BringIn(size_t host, Step* step);
  std::vector<size_t> WarmOldestFirst() const;
  Step End(std::vector<size_t> hosts) const;

  const PlanView& plan_;
  const std::vector<HostState>& states_;
  const Target& target_;
  const Course course_;
  Window window_;
  // Have been asked for the target; and those of them that have another try.
  int asked_ = 0;
  int again_ = 0;
};

Step Forward::Shift() const {
  Step step{StepKind::kShift, {}};
  for (size_t i = 0; i < states_.size(); ++i) {
    const HostView& host = plan_.hosts[i];
    if (!states_[i].reachable || host.hold == Hold::kFrozen ||
        !MayTakeMore(host, target_, course_)) {
      continue;
    }
    std::vector<WeightedRevision> revisions = host.assigned;
    revisions.front().weight = kWholeWeight - course_.weight;
    revisions.back().weight = course_.weight;
    step.actions.push_back({i, std::move(revisions)});
  }
  return step;
}

Step Forward::Withdraw() const {
  Step step{StepKind::kWithdraw, {}};
  for (size_t i = 0; i < states_.size(); ++i) {
    const HostView& host = plan_.hosts[i];
    if (!states_[i].reachable || !IsShared(host) || host.assigned.size() != 2 ||
        host.assigned.back().revision == target_.revision) {
      continue;
    }
    step.actions.push_back(
        {i,
         {Weigh(host, host.assigned.front().revision, kWholeWeight, target_)}});
  }
  return step;
}

// Joined while the rollout is under way, and runs nothing that could be kept.
bool Forward::IsNewcomer(size_t i) const {
  const std::string& stable = plan_.rollout.stable_revision;
  return plan_.rollout.phase == Phase::kProgressing && !stable.empty() &&
         stable != target_.revision && plan_.hosts[i].assigned.empty() &&
         states_[i].serving.empty();
}

bool Forward::HasAnotherTry(size_t i) const {
  return IsAskedFor(plan_.hosts[i], target_) &&
         MayBeAskedAgain(plan_.hosts[i], target_.retries);
}

Step Forward::Equip() const {
  Step step{StepKind::kEquip, {}};
  const std::string& stable = plan_.rollout.stable_revision;
  for (size_t i = 0; i < states_.size(); ++i) {
    const bool is_held = plan_.hosts[i].hold != Hold::kNone;
    if (!states_[i].reachable || is_held || !IsNewcomer(i)) continue;
    // Of no attempt: a verdict on it is none on the rollout.
    step.actions.push_back({i, {{stable, kWholeWeight, 0}}});
  }
  return step;
}

Step Forward::End(std::vector<size_t> hosts) const {
  Step step{StepKind::kEndWarm, {}};
  for (size_t i : hosts) {
    step.actions.push_back({i, {plan_.hosts[i].assigned.back()}});
  }
  return step;
}

std::vector<size_t> Forward::WarmOldestFirst() const {
  std::vector<size_t> warm;
  for (size_t i = 0; i < states_.size(); ++i) {
    // What it goes back to is not ended first.
    const bool is_target =
        !plan_.hosts[i].assigned.empty() &&
        plan_.hosts[i].assigned.front().revision == target_.revision;
    if (KeepsWarm(plan_.hosts[i], states_[i]) && !is_target) warm.push_back(i);
  }
  std::stable_sort(warm.begin(), warm.end(), [this](size_t a, size_t b) {
    return plan_.hosts[a].changed < plan_.hosts[b].changed;
  });
  return warm;
}

Step Forward::EndWarm(bool over) const {
  std::vector<size_t> due;
  for (size_t i : WarmOldestFirst()) {
    absl::Time end = plan_.hosts[i].changed + plan_.strategy.keep_warm;
    if (over || end <= plan_.now) due.push_back(i);
  }
  return End(std::move(due));
}

// With 10 hosts overlapping of 10 that may, 2 of them draining already, and 3
// hosts that could begin, 1 warm one has to go.
Step Forward::MakeRoom() const {
  Candidates candidates = FindCandidates();
  auto overlapping_then = [this](const std::vector<size_t>& hosts) {
    return static_cast<int>(
        std::count_if(hosts.begin(), hosts.end(),
                      [this](size_t i) { return window_.WouldOverlap(i); }));
  };
  int beginning = std::min(overlapping_then(candidates.broken) +
                               overlapping_then(candidates.healthy),
                           window_.free());
  beginning = std::min(beginning + overlapping_then(candidates.on_their_way),
                       course_.hosts - asked_ + again_);
  int leaving = 0;
  for (size_t i = 0; i < states_.size(); ++i) {
    leaving += states_[i].overlapping && plan_.hosts[i].settled &&
               plan_.hosts[i].assigned.size() == 1;
  }
  int too_many = window_.OverlapExcess(beginning) - leaving;
  std::vector<size_t> warm = WarmOldestFirst();
  if (beginning <= 0 || too_many <= 0) return {};
  warm.resize(std::min<size_t>(warm.size(), too_many));
  return End(std::move(warm));
}

Forward::Candidates Forward::FindCandidates() const {
  Candidates candidates;
  for (size_t i = 0; i < states_.size(); ++i) {
    const HostView& host = plan_.hosts[i];
    const bool had_its_turn = IsAskedFor(host, target_) && !HasAnotherTry(i);
    if (had_its_turn || !states_[i].reachable || host.hold != Hold::kNone ||
        IsNewcomer(i)) {
      continue;
    }
    if (HasAnotherTry(i) && plan_.now < RetryAt(host, plan_.strategy)) continue;
    if (states_[i].in_change) {
      candidates.on_their_way.push_back(i);
    } else if (states_[i].unavailable) {
      candidates.broken.push_back(i);
    } else {
      candidates.healthy.push_back(i);
    }
  }
  if (!window_.MayTouchHealthy()) candidates.healthy.clear();
  return candidates;
}

bool Forward::HasTurn(size_t i) const {
  return asked_ < course_.hosts || HasAnotherTry(i);
}

// Who has the clients until the target takes them, and can have them back: who
// serves; but where that one has not proven itself and the one before it is
// warm, the one before. Empty: nobody.
std::string Forward::Predecessor(size_t index) const {
  const HostState& state = states_[index];
  const HostView& host = plan_.hosts[index];
  // Whatever has the larger share: what it shares with has not proven itself.
  if (IsShared(host) && host.assigned.size() == 2 &&
      host.assigned.back().revision != target_.revision &&
      IsReady(host, host.assigned.front().revision)) {
    const std::string& before = host.assigned.front().revision;
    return before == target_.revision ? "" : before;
  }
  bool proven = plan_.hosts[index].settled || state.warm.empty();
  bool on_target = state.serving == target_.revision;
  if (proven && !on_target) return state.serving;
  return state.warm == target_.revision ? "" : state.warm;
}

// The agent leaves the clients with who has them until the target is ready, so
// the whole way can be asked for at once: no swap waits for this controller.
// Only where they shall go back to another one first, it takes two steps.
std::vector<WeightedRevision> Forward::FirstStep(size_t index) const {
  const HostView& host = plan_.hosts[index];
  auto weigh = [&](const std::string& revision, int weight) {
    return Weigh(host, revision, weight, target_);
  };
  std::string predecessor = Predecessor(index);
  if (predecessor.empty()) return {weigh(target_.revision, kWholeWeight)};
  if (predecessor != states_[index].serving &&
      !IsReady(host, target_.revision)) {
    return {weigh(predecessor, kWholeWeight), weigh(target_.revision, 0)};
  }
  return {weigh(predecessor, kWholeWeight - course_.weight),
          weigh(target_.revision, course_.weight)};
}

void Forward::BringIn(size_t host, Step* step) {
  asked_ += !IsAskedFor(plan_.hosts[host], target_);
  step->actions.push_back({host, FirstStep(host)});
}

Step Forward::BringIn() {
  Step step{StepKind::kBringIn, {}};
  Candidates candidates = FindCandidates();
  for (size_t i : candidates.on_their_way) {
    if (HasTurn(i) && window_.TakeOverlap(i)) BringIn(i, &step);
  }
  for (size_t i : candidates.broken) {
    if (HasTurn(i) && window_.TakeRoom(i)) BringIn(i, &step);
  }
  for (size_t i : candidates.healthy) {
    if (!window_.MayTouchHealthy()) break;
    // One that overlaps already needs no room that another is missing.
    if (HasTurn(i) && window_.TakeRoom(i)) BringIn(i, &step);
  }
  return step;
}

std::vector<Obstacle> Forward::FindObstacles() const {
  std::vector<Obstacle> obstacles;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (IsNewcomer(i)) {
      // It is equipped, for which it needs no room.
      obstacles.push_back(Obstacle::kNone);
    } else {
      obstacles.push_back(HasTurn(i) ? window_.ObstacleOf(i)
                                     : Obstacle::kCanaryStep);
    }
  }
  return obstacles;
}

}  // namespace

bool MayTakeMore(const HostView& host, const Target& target,
                 const Course& course) {
  return host.assigned.size() == 2 && IsAskedFor(host, target) &&
         host.assigned.back().weight < course.weight &&
         IsReady(host, target.revision);
}

Step NextStepForward(const Classified& hosts, const Target& target, bool over) {
  Forward forward(hosts, target);
  if (Step step = forward.Shift(); !step.actions.empty()) return step;
  if (Step step = forward.Equip(); !step.actions.empty()) return step;
  if (Step step = forward.EndWarm(over); !step.actions.empty()) return step;
  if (Step step = forward.MakeRoom(); !step.actions.empty()) return step;
  if (Step step = forward.BringIn(); !step.actions.empty()) return step;
  if (over) return {};  // each host's turn is now
  if (Step step = forward.Withdraw(); !step.actions.empty()) return step;
  return {};
}

std::vector<Obstacle> FindObstacles(const Classified& hosts,
                                    const Target& target) {
  Forward forward(hosts, target);
  const Step step = forward.BringIn();
  std::vector<Obstacle> obstacles = forward.FindObstacles();
  for (const HostAction& action : step.actions) {
    obstacles[action.host] = Obstacle::kNone;
  }
  return obstacles;
}

absl::Time NextStepForwardAt(const Classified& hosts) {
  absl::Time next = absl::InfiniteFuture();
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    const HostView& host = hosts.plan.hosts[i];
    if (!KeepsWarm(host, hosts.states[i])) continue;
    next = std::min(next, host.changed + hosts.plan.strategy.keep_warm);
  }
  return next;
}

}  // namespace rollout::decide
