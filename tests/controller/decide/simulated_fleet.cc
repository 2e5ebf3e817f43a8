// SPDX-License-Identifier: Apache-2.0

#include "tests/controller/decide/simulated_fleet.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollout::decide {
namespace {

constexpr absl::Duration kLease = absl::Seconds(90);

bool IsLive(const GenerationView& generation) {
  return generation.state != GenerationState::kEnded &&
         generation.state != GenerationState::kFailed;
}

// As controller/reconcile has it.
bool Begins(StepKind kind, const HostView& host) {
  return kind == StepKind::kEquip || kind == StepKind::kBringIn ||
         kind == StepKind::kGoBack || kind == StepKind::kWithdraw ||
         (kind == StepKind::kShift && host.settled);
}

bool IsTold(const std::vector<WeightedRevision>& told,
            const std::string& revision) {
  return std::any_of(told.begin(), told.end(), [&](const auto& weighted) {
    return weighted.revision == revision;
  });
}

}  // namespace

SimulatedFleet::SimulatedFleet(uint32_t seed, int hosts, StrategyView strategy,
                               Weather weather)
    : random_(seed), weather_(weather), machines_(hosts) {
  view_.now = absl::FromUnixSeconds(1000000);
  view_.strategy = strategy;
  view_.hosts.resize(hosts);
  for (int i = 0; i < hosts; ++i) {
    view_.hosts[i].name = absl::StrCat("h", i);
    machines_[i].heard = view_.now;
    machines_[i].bad = Chance(weather.bad_hosts);
  }
}

void SimulatedFleet::StartRollout(const std::string& revision) {
  RolloutView rollout;
  rollout.number = view_.rollout.number + 1;
  rollout.revision = revision;
  rollout.stable_revision = stable_;
  rollout.progressed = rollout.running_since = view_.now;
  rollout.unpaused_since = view_.now;
  view_.rollout = rollout;
  runs_ = true;
}

void SimulatedFleet::SetPaused(bool paused) {
  view_.rollout.paused = paused;
  view_.rollout.progressed = view_.rollout.running_since = view_.now;
  view_.rollout.unpaused_since = view_.now;
  view_.rollout.waiting_since = absl::InfiniteFuture();
}

void SimulatedFleet::Abort() {
  if (IsOver(view_.rollout.phase)) return;
  SetPaused(false);
  view_.rollout.aborted = true;
  view_.rollout.phase = view_.rollout.stable_revision.empty()
                            ? Phase::kFailed
                            : Phase::kRollingBack;
}

void SimulatedFleet::RestartController() {
  for (size_t i = 0; i < machines_.size(); ++i) {
    view_.hosts[i].reported = view_.hosts[i].connected = false;
    view_.hosts[i].generations.clear();
    machines_[i].reported = false;
    machines_[i].heard = view_.now;
  }
  view_.rollout.running_since = view_.rollout.unpaused_since = view_.now;
}

void SimulatedFleet::Observe() {
  for (size_t i = 0; i < machines_.size(); ++i) {
    Machine& machine = machines_[i];
    HostView& host = view_.hosts[i];
    host.connected = machine.connected && machine.reported;
    if (host.connected) {
      host.reported = true;
      host.generations = machine.generations;
      machine.told = host.assigned;
      machine.heard = view_.now;
    }
    host.lease_over = !host.connected && view_.now - machine.heard >= kLease;
  }
}

Decision SimulatedFleet::Pass() {
  Observe();
  if (!runs_ && !IsOver(view_.rollout.phase)) {
    view_.rollout.running_since = view_.now;
  }
  Decision decision = Decide(view_);
  // Half a wave is stored, the rest is not: some other writer was faster.
  bool half = decision.step.actions.size() > 1 && Chance(100);
  size_t stored = half ? 1 : decision.step.actions.size();
  for (size_t i = 0; i < stored; ++i) {
    HostView& host = view_.hosts[decision.step.actions[i].host];
    const bool begins = Begins(decision.step.kind, host);
    host.assigned = decision.step.actions[i].revisions;
    if (begins) host.began = view_.now;
    if (begins) host.failed = false;
    if (decision.step.kind == StepKind::kSettle) {
      host.settled = true;
      host.failed = false;
    } else if (decision.step.kind == StepKind::kTolerate) {
      host.failed = true;
    } else {
      host.changed = view_.now;
      if (begins) host.settled = false;
    }
  }
  if (half) return decision;
  bool runs =
      decision.waiting.empty() && !decision.paused && !IsOver(decision.phase);
  if (std::exchange(runs_, runs) != runs) {
    view_.rollout.running_since = view_.now;
    view_.rollout.waiting_since =
        runs || decision.paused ? absl::InfiniteFuture() : view_.now;
  }
  view_.rollout.progressed =
      std::min(view_.now, view_.rollout.progressed + decision.waited);
  view_.rollout.phase = decision.phase;
  view_.rollout.paused = decision.paused;
  if (decision.progressed) view_.rollout.progressed = view_.now;
  if (decision.steps_done != view_.rollout.steps_done) {
    view_.rollout.promoted = view_.rollout.approved = false;
  }
  view_.rollout.steps_done = decision.steps_done;
  view_.rollout.step_reached = decision.step_reached;
  if (decision.phase == Phase::kComplete) stable_ = view_.rollout.revision;
  Observe();
  return decision;
}

void SimulatedFleet::Second() {
  view_.now += absl::Seconds(1);
  for (Machine& machine : machines_) {
    if (machine.connected) {
      if (Chance(weather_.disconnect)) machine.connected = false;
      if (!machine.reported && Chance(500)) machine.reported = true;
    } else if (Chance(weather_.reconnect)) {
      machine.connected = true;
    }
    Live(&machine);
  }
  Observe();
}

void SimulatedFleet::Live(Machine* machine) {
  StartMissing(machine);
  Age(machine);
  Weigh(machine);
}

void SimulatedFleet::StartMissing(Machine* machine) {
  for (const WeightedRevision& wanted : machine->told) {
    bool there = false;
    int inherited = 0;
    for (const GenerationView& g : machine->generations) {
      if (g.revision != wanted.revision) continue;
      bool failed =
          g.state == GenerationState::kFailed && g.attempt >= wanted.attempt;
      there |= failed || (IsLive(g) && g.state != GenerationState::kDraining);
      if (g.state == GenerationState::kEnded) inherited += g.weight;
    }
    if (there) continue;
    GenerationView g;
    g.number = ++machine->last_number;
    g.revision = wanted.revision;
    g.attempt = wanted.attempt;
    g.weight = inherited;
    machine->generations.push_back(g);
  }
}

void SimulatedFleet::Age(Machine* machine) {
  for (GenerationView& g : machine->generations) {
    switch (g.state) {
      case GenerationState::kStarting:
        if (Chance(300)) {
          g.state = g.weight > 0 ? GenerationState::kServing
                                 : GenerationState::kReady;
          g.ready = true;
        }
        break;
      case GenerationState::kServing:
        if (g.weight == kWholeWeight) g.serving_for += absl::Seconds(1);
        machine->established |=
            g.serving_for >= absl::Seconds(10) && !IsBad(*machine, g);
        if (Chance(weather_.crash)) {
          g.state = GenerationState::kEnded;
          g.ready = false;
        }
        break;
      case GenerationState::kDraining:
        if (Chance(200)) g.state = GenerationState::kEnded;
        break;
      default:
        break;
    }
    MayFail(machine, &g);
  }
}

bool SimulatedFleet::IsBad(const Machine& machine,
                           const GenerationView& generation) const {
  return machine.bad && bad_.count(generation.revision) > 0;
}

// A bad revision fails as it starts or soon after its first client; the
// agent then gives the clients back to a warm predecessor at once.
void SimulatedFleet::MayFail(Machine* machine, GenerationView* generation) {
  if (!IsBad(*machine, *generation) || !IsLive(*generation)) return;
  bool starting = generation->state == GenerationState::kStarting;
  bool serving = generation->state == GenerationState::kServing;
  bool late = generation->serving_for >= weather_.bad_after;
  if (!(starting && Chance(100)) && !(serving && (late || Chance(100)))) return;
  generation->state = GenerationState::kFailed;
  generation->ready = false;
  if (std::exchange(generation->weight, 0) == 0) return;
  for (GenerationView& g : machine->generations) {
    bool shares = g.state == GenerationState::kServing && g.ready;
    if (g.state != GenerationState::kWarm && !shares) continue;
    g.state = GenerationState::kServing;
    g.weight = kWholeWeight;
    g.serving_for = absl::ZeroDuration();
    return;
  }
}

// All that shall have clients can, or nothing changes.
void SimulatedFleet::Weigh(Machine* machine) {
  std::map<const GenerationView*, int> weights;
  for (const WeightedRevision& wanted : machine->told) {
    if (wanted.weight == 0) continue;
    const GenerationView* able = nullptr;
    for (const GenerationView& g : machine->generations) {
      bool can = g.ready && IsLive(g) && g.state != GenerationState::kDraining;
      if (g.revision == wanted.revision && can) able = &g;
    }
    if (able == nullptr) return;
    weights[able] = wanted.weight;
  }
  if (weights.empty()) return;
  for (GenerationView& g : machine->generations) {
    if (!IsLive(g)) {
      g.weight = 0;
    } else if (auto own = weights.find(&g); own != weights.end()) {
      if (g.state != GenerationState::kServing || g.weight != own->second) {
        g.serving_for = absl::ZeroDuration();
      }
      g.state = GenerationState::kServing;
      g.weight = own->second;
    } else {
      if (!IsTold(machine->told, g.revision)) {
        g.state = GenerationState::kDraining;
      } else if (g.state == GenerationState::kServing) {
        g.state = g.ready ? GenerationState::kWarm : GenerationState::kEnded;
      }
      g.weight = 0;
    }
  }
}

int SimulatedFleet::OutOfService() const {
  int out = 0;
  for (const Machine& machine : machines_) {
    int weight = 0;
    for (const GenerationView& g : machine.generations) {
      if (IsLive(g) && g.ready) weight += g.weight;
    }
    out += machine.established && weight != kWholeWeight;
  }
  return out;
}

std::string SimulatedFleet::Describe() const {
  std::string text = absl::StrCat("rollout ", view_.rollout.number, " to ",
                                  view_.rollout.revision, " stable ",
                                  view_.rollout.stable_revision, " phase ",
                                  static_cast<int>(view_.rollout.phase),
                                  view_.rollout.paused ? " paused" : "", "\n");
  for (const HostView& host : view_.hosts) {
    absl::StrAppend(&text, host.name, host.connected ? "" : " disconnected",
                    host.lease_over ? " lost" : "",
                    host.settled ? " settled" : " unsettled", " assigned");
    for (const WeightedRevision& w : host.assigned) {
      absl::StrAppend(&text, " ", w.revision, ":", w.weight, "@", w.attempt);
    }
    absl::StrAppend(&text, " runs");
    for (const GenerationView& g : host.generations) {
      if (g.state == GenerationState::kEnded) continue;
      absl::StrAppend(&text, " #", g.number, "=", g.revision, "@", g.attempt,
                      " state ", static_cast<int>(g.state), " weight ",
                      g.weight);
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace rollout::decide
