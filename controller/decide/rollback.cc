// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/rollback.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace rollout::decide {

bool HasToGoBack(const Classified& hosts, size_t i, const Target& stable) {
  const HostView& host = hosts.plan.hosts[i];
  if (host.assigned.empty()) return false;
  return host.assigned.size() > 1 ||
         host.assigned.back().revision != stable.revision;
}

bool IsStartingAgain(const Classified& hosts, size_t i, const Target& stable) {
  const HostView& host = hosts.plan.hosts[i];
  const HostState& state = hosts.states[i];
  return !host.settled && state.failure == Failure::kNone &&
         !host.assigned.empty() &&
         host.assigned.back().revision == stable.revision &&
         (state.unavailable || state.serving != stable.revision);
}

namespace {

// How many more hosts may start the stable revision again, and how many of them
// beside another generation.
struct Room {
  int hosts = 0;
  int overlapping = 0;
};

Room FindRoom(const Classified& hosts, const Target& stable) {
  const StrategyView& strategy = hosts.plan.strategy;
  int desired = hosts.plan.hosts.size();
  auto limits =
      ResolveLimits(strategy.max_surge, strategy.max_unavailable, desired);
  Room room{limits.ok() ? limits->change() : 1,
            ResolveOverlap(strategy.max_overlap, desired)};
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    room.hosts -= IsStartingAgain(hosts, i, stable);
    // What a lost host runs nobody knows, nor when it comes back: it keeps no
    // other from going back.
    room.overlapping -=
        hosts.states[i].overlapping && !hosts.plan.hosts[i].lease_over;
  }
  return room;
}

bool Take(const HostState& state, Room* room) {
  bool overlaps = !state.overlapping && !state.serving.empty();
  if (room->hosts <= 0 || (overlaps && room->overlapping <= 0)) return false;
  room->hosts -= 1;
  room->overlapping -= overlaps;
  return true;
}

// Who goes back now, and the room that is left then.
struct Turn {
  std::vector<size_t> chosen;
  Room room;
};

Turn FindTurn(const Classified& hosts, const Target& stable) {
  std::vector<size_t> alive, broken, healthy;
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    if (!hosts.states[i].reachable || !HasToGoBack(hosts, i, stable)) continue;
    if (IsReady(hosts.plan.hosts[i], stable.revision)) {
      alive.push_back(i);
    } else {
      (hosts.states[i].unavailable ? broken : healthy).push_back(i);
    }
  }
  Turn turn{std::move(alive), FindRoom(hosts, stable)};
  if (!turn.chosen.empty()) return turn;
  for (const auto* group : {&broken, &healthy}) {
    for (size_t i : *group) {
      if (Take(hosts.states[i], &turn.room)) turn.chosen.push_back(i);
    }
  }
  return turn;
}

}  // namespace

Step NextStepBack(const Classified& hosts, const Target& stable) {
  const std::vector<size_t> chosen = FindTurn(hosts, stable).chosen;
  Step step;
  if (!chosen.empty()) step.kind = StepKind::kGoBack;
  for (size_t i : chosen) {
    step.actions.push_back(
        {i,
         {Weigh(hosts.plan.hosts[i], stable.revision, kWholeWeight, stable)}});
  }
  return step;
}

std::vector<Obstacle> FindObstaclesBack(const Classified& hosts,
                                        const Target& stable) {
  const Turn turn = FindTurn(hosts, stable);
  std::vector<Obstacle> obstacles;
  for (const HostState& state : hosts.states) {
    Room room = turn.room;
    const bool fits = Take(state, &room);
    obstacles.push_back(fits              ? Obstacle::kNone
                        : room.hosts <= 0 ? Obstacle::kSurge
                                          : Obstacle::kOverlap);
  }
  for (size_t i : turn.chosen) obstacles[i] = Obstacle::kNone;
  return obstacles;
}

std::vector<size_t> NotBack(const Classified& hosts, const Target& stable) {
  std::vector<size_t> not_back;
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    if (hosts.plan.hosts[i].lease_over) continue;
    if (HasToGoBack(hosts, i, stable) || hosts.states[i].in_change) {
      not_back.push_back(i);
    }
  }
  return not_back;
}

std::string WhyNotBack(const Classified& hosts, size_t i,
                       const Target& stable) {
  const HostState& state = hosts.states[i];
  if (!state.reachable) return "is disconnected";
  if (!state.message.empty()) return state.message;
  return HasToGoBack(hosts, i, stable)
             ? "waits for its turn (maxSurge, maxUnavailable and maxOverlap)"
             : "does not serve the stable revision yet";
}

}  // namespace rollout::decide
