// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "controller/manifest/host_selector.h"
#include "controller/store/keys.h"
#include "controller/store/rollout_status.h"

namespace rollout::simulation {
namespace {

constexpr absl::Duration kFirstRollout = absl::Minutes(3);
constexpr absl::Duration kLongestStorm = absl::Minutes(6);
constexpr absl::Duration kLongestCalm = absl::Hours(3);
// What it runs, a version each: never ready; dies soon after its first client;
// dies when it had proven itself.
constexpr char kNeverReady[] = "v3";
constexpr char kDiesSoon[] = "v4";
constexpr char kDiesLate[] = "v5";
// As v3, but for the second time.
constexpr char kFailsOnce[] = "v6";

}  // namespace

World::World(uint32_t seed, int most_hosts)
    : time_(seed), seed_(seed), invariants_(disks_.state, time_) {
  const int permille = time_.Chance(500) ? 1000 : 300;
  programs_.SetBad(kNeverReady, {false, absl::InfiniteDuration()}, permille);
  programs_.SetBad(kDiesSoon, {true, absl::Seconds(3)}, permille);
  programs_.SetBad(kDiesLate, {true, absl::Seconds(25)}, permille);
  programs_.SetBad(kFailsOnce, {false, absl::InfiniteDuration(), 1}, permille);
  if (time_.Chance(300)) most_in_change_ = 1 + time_.Below(3);
  invariants_.set_most_in_change(most_in_change_);
  invariants_.set_serves(
      [this](const std::string& host, const std::string& plan) {
        return Serves(host, plan);
      });
  // Most of what can go wrong does with a few hosts.
  const int few = std::min(most_hosts, 8);
  MakeHosts(1 + time_.Below(time_.Chance(800) ? few : most_hosts));
}

World::~World() { KillController(); }

void World::MakeHosts(int count) {
  for (int i = 0; i < count; ++i) AddHost();
}

void World::AddHost() {
  v1::HostInfo info;
  info.set_name(absl::StrCat("h", hosts_.size()));
  auto& labels = *info.mutable_labels();
  labels[kWeb] = "yes";
  labels[kApi] = time_.Chance(500) ? "yes" : "no";
  labels["zone"] = std::string(1, 'a' + time_.Below(3));
  HostEvents events;
  events.on_violation = [this](const std::string& invariant,
                               const std::string& what) {
    invariants_.Violate(invariant, what);
  };
  events.on_acknowledged = [this](const v1::SwapReport& report) {
    CheckAcknowledged(report);
  };
  events.on_removal = [this, name = info.name()](const std::string& plan,
                                                 int64_t removal) {
    invariants_.OnRemoval(name, plan, removal);
  };
  hosts_.push_back(std::make_unique<SimulatedHost>(
      std::move(info), time_, programs_, switchboard_, std::move(events)));
}

std::optional<Violation> World::Run() {
  StartController();
  Live(absl::Seconds(10));
  Apply(kWeb, "v1");
  if (time_.Chance(300)) Apply(kApi, "v1");
  Live(time_.Between(absl::Seconds(1), kFirstRollout));
  Storm(time_.Between(absl::Minutes(1), kLongestStorm));
  Calm();
  return invariants_.violation();
}

bool World::Live(absl::Duration time) {
  const absl::Duration end = time_.Uptime() + time;
  while (!invariants_.violation().has_value()) {
    if (!time_.Step(end)) return true;
  }
  return false;
}

void World::Storm(absl::Duration time) {
  const absl::Duration end = time_.Uptime() + time;
  const absl::Duration longest =
      time_.Chance(500) ? absl::Seconds(4) : absl::Seconds(30);
  while (time_.Uptime() < end) {
    Happen();
    if (!Live(time_.Between(absl::Milliseconds(1), longest))) return;
  }
}

// EventuallySettles.
void World::Calm() {
  StartController();
  controller_->SetFull(false);
  for (auto& host : hosts_) host->StartAgent();
  const absl::Duration end = time_.Uptime() + kLongestCalm;
  while (Live(absl::Seconds(10))) {
    if (AtRest()) return;
    if (time_.Uptime() > end) {
      return invariants_.Violate("EventuallySettles", "it does not");
    }
    LetGoOn();
  }
}

bool World::AtRest() const {
  return std::all_of(specs_.begin(), specs_.end(),
                     [this](const auto& plan) { return AtRest(plan.first); });
}

// Its rollout is over, and each host is where that wants it; one whose program
// is bad there is nowhere.
bool World::AtRest(const std::string& plan) const {
  auto state = controller_->catalog().FindPlan(plan);
  if (!state) return true;
  const v1::Rollout& rollout = state->rollout.record;
  if (state->plan.record.has_removal()) return false;
  if (store::IsUnderWay(rollout)) return rollout.reason() == "NoHosts";
  const std::string wanted = store::DestinationOf(rollout);
  if (wanted.empty()) return true;
  auto revision = controller_->catalog().FindRevision(plan, wanted);
  const v1::Strategy& strategy = state->plan.record.plan().spec().strategy();
  // Such a host keeps what it had.
  const int tolerated =
      rollout.phase() == v1::COMPLETE
          ? static_cast<int>(strategy.failure_tolerance().count())
          : 0;
  int elsewhere = 0;
  for (const auto& host : hosts_) {
    if (!manifest::Selects(state->plan.record.plan().spec().hosts(),
                           host->info())) {
      continue;
    }
    const std::string& command = revision->service().command(0);
    if (!programs_.Of(command, host->name()).is_good()) continue;
    SimulatedService* service = host->service(plan);
    if (service == nullptr || !service->Serves()) return false;
    // It had got there, and has failed since: a person decides.
    if (service->HasGivenUp(wanted)) continue;
    if (service->ServingRevision() != wanted || service->LiveRevisions() != 1) {
      ++elsewhere;
    }
  }
  return elsewhere <= tolerated;
}

void World::StartController() {
  if (controller_ != nullptr) return;
  controller_ =
      std::make_unique<SimulatedController>(disks_, time_, most_in_change_);
  switchboard_.fleet = &controller_->fleet();
  invariants_.set_fleet(&controller_->fleet());
}

void World::KillController() {
  if (controller_ == nullptr) return;
  for (auto& host : hosts_) host->BreakStream();
  switchboard_.fleet = nullptr;
  invariants_.set_fleet(nullptr);
  controller_.reset();
}

void World::StartControllerSoon() {
  if (std::exchange(controller_due_, true)) return;
  time_.After(time_.Between(absl::Milliseconds(10), absl::Seconds(40)), [this] {
    controller_due_ = false;
    StartController();
  });
}

bool World::Serves(const std::string& host, const std::string& plan) {
  for (const auto& each : hosts_) {
    SimulatedService* service = each->service(plan);
    if (each->name() == host && service != nullptr) return service->Serves();
  }
  return false;
}

void World::LoseDisk(SimulatedDisk::Content left) {
  disks_.state.Restore(std::move(left));
  invariants_.OnRestored();
}

void World::Happen() {
  switch (time_.Below(4)) {
    case 0:
    case 1:
      return HappenToHost();
    case 2:
      return time_.Chance(200) ? HappenToController() : HappenToHost();
    default:
      // And, as people do, another one in the same moment: before what came of
      // the first word is on the disk.
      if (time_.Chance(300)) {
        time_.After(time_.Between(absl::ZeroDuration(), absl::Milliseconds(30)),
                    [this] { Operate(); });
      }
      return Operate();
  }
}

void World::HappenToHost() {
  SimulatedHost& host = AnyHost();
  SimulatedService* service = host.service(AnyPlan());
  switch (time_.Below(9)) {
    case 0:
      host.KillAgent();
      time_.After(time_.Between(absl::Milliseconds(50), absl::Seconds(40)),
                  [&host] { host.StartAgent(); });
      break;
    case 1:
      host.CutLink(time_.Between(absl::Milliseconds(100), absl::Seconds(10)));
      break;
    case 2:
      host.CutLink(time_.Between(absl::Seconds(20), absl::Seconds(200)));
      break;
    case 3:
    case 4:
      host.BreakStream();
      break;
    case 5:
      if (service != nullptr) service->Crash();
      break;
    case 6:
      if (service != nullptr) service->Flap();
      break;
    case 7:
      host.SetLabel(kApi, time_.Chance(500) ? "yes" : "no");
      break;
    default:
      if (time_.Chance(100)) AddHost();
      break;
  }
}

void World::HappenToController() {
  if (controller_ == nullptr) return StartControllerSoon();
  if (time_.Chance(700)) {
    KillController();
    // A disk that is lost: what was saved of it is back, or nothing.
    if (time_.Chance(50)) LoseDisk(backup_);
    if (time_.Chance(20)) LoseDisk({});
    return StartControllerSoon();
  }
  if (time_.Chance(300)) {
    backup_ = disks_.state.Copy();
    return;
  }
  controller_->SetFull(true);
  time_.After(time_.Between(absl::Seconds(1), absl::Seconds(10)), [this] {
    if (controller_ != nullptr) controller_->SetFull(false);
  });
}

void World::CheckAcknowledged(const v1::SwapReport& report) {
  for (const store::KeyValue& entry : disks_.history.List("swap/").entries) {
    v1::SwapReport stored;
    if (stored.ParseFromString(entry.value) && stored.id() == report.id()) {
      return;
    }
  }
  invariants_.Violate(
      "NothingAcknowledgedIsLost",
      absl::StrCat("swap ", report.id(), " is not on the disk"));
}

std::string World::AnyPlan() {
  return specs_.count(kApi) > 0 && time_.Chance(300) ? kApi : kWeb;
}

SimulatedHost& World::AnyHost() {
  return *hosts_[time_.Below(static_cast<int>(hosts_.size()))];
}

std::string World::Describe() const {
  std::string text = absl::StrCat("seed ", seed_, ", ",
                                  absl::FormatDuration(time_.Uptime()), "\n");
  for (const auto& [plan, spec] : specs_) {
    store::PlanRecord record;
    record.ParseFromString(disks_.state.Read(store::PlanKey(plan)));
    v1::Rollout rollout;
    rollout.ParseFromString(
        disks_.state.Read(store::RolloutKey(plan, record.last_rollout())));
    absl::StrAppend(&text, "  ", rollout.ShortDebugString(), "\n  ",
                    record.plan().spec().strategy().ShortDebugString(), "\n");
    const store::Snapshot all =
        disks_.state.List(absl::StrCat(store::kAssignmentPrefix, plan, "/"));
    for (const store::KeyValue& entry : all.entries) {
      store::AssignmentRecord assigned;
      assigned.ParseFromString(entry.value);
      absl::StrAppend(&text, "  ", assigned.ShortDebugString(), "\n");
    }
  }
  for (const auto& host : hosts_) {
    absl::StrAppend(&text, "  ", host->Describe(), "\n");
  }
  return text;
}

}  // namespace rollout::simulation
