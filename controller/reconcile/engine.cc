// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/engine.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/log.h"
#include "controller/decide/decision.h"
#include "controller/manifest/host_selector.h"
#include "controller/reconcile/assignment.h"
#include "controller/reconcile/deadline_start.h"
#include "controller/reconcile/ended_rollouts.h"
#include "controller/reconcile/fleet_room.h"
#include "controller/reconcile/marks.h"
#include "controller/reconcile/removal_wave.h"
#include "controller/reconcile/wave.h"
#include "controller/view/host_facts.h"
#include "controller/view/live_plan_view.h"

namespace rollout::reconcile {
namespace {

// A plan is looked at this often at most.
constexpr absl::Duration kPassInterval = absl::Milliseconds(20);
// And, however long that takes, this often at least.
constexpr absl::Duration kLongestInterval = absl::Seconds(1);
// After the store has failed.
constexpr absl::Duration kRetryInterval = absl::Seconds(1);

}  // namespace

class Engine::Loop {
 public:
  Loop(const EngineRooms& rooms, std::unique_ptr<TaskLoop> loop);
  ~Loop() { loop_->Stop(); }

  void Start();
  bool ready() const { return ready_; }

 private:
  // What is under way for one plan.
  struct Work {
    // A pass waits for its turn.
    bool due = false;
    // Parts of its wave that are not stored yet.
    int unstored = 0;
    bool store_failed = false;
    // When the next pass may begin, on the monotonic clock.
    absl::Duration earliest;
    // When time alone makes a pass due.
    absl::Time alarm = absl::InfiniteFuture();
    // What the next pass decides on; stale: to be made anew.
    view::LivePlanView live;
    bool stale = true;
  };

  // What holds any of them back may have changed. From any thread.
  void MarkAllPlans();

  // All below: on the loop.
  void TakeMarks();
  void Begin();
  void EndLeases();
  void UpdateHost(const std::string& host);
  void CountHosts();
  void UpdateAssignment(const std::string& plan, const std::string& host);
  void UpdatePlan(const std::string& plan);
  void ForgetPlan(const std::string& plan);
  void WantPass(const std::string& plan);
  void RunPass(const std::string& plan);
  Wave GoOn(const store::PlanState& state, absl::Duration uptime);
  Wave GoOnRemoving(const store::PlanState& state);
  // Valid until the plan's view changes.
  const decide::PlanView& ViewOf(const store::PlanState& state,
                                 const store::Holds& holds,
                                 absl::Duration uptime);
  void StoreWave(const std::string& plan, Wave wave);
  void PartStored(const std::string& plan, const Part& part,
                  const absl::Status& status);
  void WaveStored(const Wave& wave);
  void SetAlarm(const std::string& plan, absl::Time time);
  void SendTo(const std::string& host);

  store::Catalog& catalog_;
  store::History& history_;
  fleet::Fleet& fleet_;
  const Clock& clock_;
  EngineMetrics& metrics_;
  std::atomic<bool> ready_{false};
  Marks marks_;

  // Of the loop.
  DeadlineStart deadlines_;
  std::map<std::string, view::HostFacts> hosts_;
  int connected_ = 0;
  // As UpdatePlan saw them last; of these is what hosts are sent.
  std::map<std::string, ToldPlan> told_;
  std::map<std::string, Work> works_;
  FleetRoom room_;
  EndedRollouts ended_;
  const std::unique_ptr<TaskLoop> loop_;
};

Engine::Loop::Loop(const EngineRooms& rooms, std::unique_ptr<TaskLoop> loop)
    : catalog_(rooms.catalog),
      history_(rooms.history),
      fleet_(rooms.fleet),
      clock_(rooms.clock),
      metrics_(rooms.metrics),
      marks_([this] { loop_->Post([this] { TakeMarks(); }); }),
      deadlines_(rooms.clock),
      room_(rooms.max_in_change),
      ended_(rooms.catalog, rooms.metrics),
      loop_(std::move(loop)) {
  store::CatalogEvents events;
  events.on_plan = [this](const std::string& plan) { marks_.AddPlan(plan); };
  events.on_host = [this](const std::string& host) { marks_.AddHost(host); };
  events.on_assignment = [this](const std::string& plan,
                                const std::string& host) {
    marks_.AddAssignment(plan, host);
  };
  events.on_holds = [this] { MarkAllPlans(); };
  catalog_.Subscribe(std::move(events));
  fleet_.Subscribe([this](const std::string& host) { marks_.AddHost(host); });
  fleet_.SubscribeReports(
      [this](const v1::SwapReport& report) { metrics_.CountSwap(report); });
}

void Engine::Loop::MarkAllPlans() {
  for (const std::string& plan : catalog_.PlanNames()) marks_.AddPlan(plan);
}

void Engine::Loop::TakeMarks() {
  const Marked marked = marks_.Take();
  // Begin looks at everything.
  if (!ready_) return;
  for (const std::string& plan : marked.plans) UpdatePlan(plan);
  for (const std::string& host : marked.hosts) UpdateHost(host);
  for (const auto& [plan, host] : marked.assignments) {
    UpdateAssignment(plan, host);
  }
  for (const std::string& plan : marked.plans) WantPass(plan);
}

void Engine::Loop::Start() {
  fleet_.Start([this](absl::Status status) {
    if (status.ok()) {
      loop_->Post([this] { Begin(); });
    } else if (!absl::IsCancelled(status)) {
      metrics_.CountStoreFailure();
      loop_->PostAfter(kRetryInterval, [this] { Start(); });
    }
  });
}

void Engine::Loop::Begin() {
  deadlines_.Begin();
  for (const std::string& plan : catalog_.PlanNames()) UpdatePlan(plan);
  for (const fleet::HostSnapshot& host : fleet_.Hosts()) {
    UpdateHost(host.info.name());
  }
  CountHosts();
  for (const std::string& plan : catalog_.PlanNames()) {
    int in_change = 0;
    for (const store::AssignmentRecord& record : catalog_.Assignments(plan)) {
      in_change += !record.has_settled();
    }
    room_.Begin(plan, in_change);
  }
  ready_ = true;
  for (const std::string& plan : catalog_.PlanNames()) WantPass(plan);
  EndLeases();
}

void Engine::Loop::EndLeases() {
  loop_->PostAfter(fleet_.EndLeases(), [this] { EndLeases(); });
}

void Engine::Loop::UpdatePlan(const std::string& plan) {
  auto state = catalog_.FindPlan(plan);
  if (!state) return ForgetPlan(plan);
  ToldPlan told = ToTold(state->plan.record);
  auto [known, added] = told_.try_emplace(plan, told);
  const bool tells_other = !added && TellsOther(known->second, told);
  known->second = std::move(told);
  const v1::Rollout& newest = state->rollout.record;
  metrics_.SetPlanPhase(plan, newest.phase());
  ready_ ? ended_.Count(newest) : ended_.Skip(newest);
  if (!tells_other) return;
  for (const auto& [host, facts] : hosts_) {
    if (IsConcerned(catalog_, plan, facts)) SendTo(host);
  }
}

void Engine::Loop::ForgetPlan(const std::string& plan) {
  // RunPass drops its work, once nothing of it is on the way to the store.
  if (told_.erase(plan) == 0) return;
  room_.Forget(plan);
  ended_.Forget(plan);
  metrics_.ForgetPlan(plan);
}

void Engine::Loop::UpdateHost(const std::string& host) {
  auto snapshot = fleet_.FindHost(host);
  if (!snapshot) return;
  auto [known, is_new] = hosts_.try_emplace(host);
  view::HostFacts before = std::move(known->second);
  const view::HostFacts& now = known->second =
      view::ToFacts(*snapshot, clock_.Uptime());
  const bool moved = is_new || !view::HasSameLabels(before.info, now.info);
  bool send = snapshot->awaits_assignment;
  for (const auto& [plan, told] : told_) {
    if (told.removal != 0) {
      // Any word may be the one it waits for, or of what nobody knew of.
      WantPass(plan);
      send |= view::HasService(now, plan) && !view::HasService(before, plan);
      continue;
    }
    const v1::HostSelector& selector = told.spec.hosts();
    const bool was_there = !is_new && manifest::Selects(selector, before.info);
    if (!was_there && !manifest::Selects(selector, now.info)) continue;
    Work& work = works_[plan];
    work.stale |= moved;
    if (work.stale || work.live.SetFacts(now)) WantPass(plan);
  }
  connected_ += now.connected - (!is_new && before.connected);
  CountHosts();
  if (send) SendTo(host);
}

void Engine::Loop::CountHosts() {
  metrics_.SetHosts(connected_, static_cast<int>(hosts_.size()) - connected_);
}

void Engine::Loop::UpdateAssignment(const std::string& plan,
                                    const std::string& host) {
  Work& work = works_[plan];
  if (work.stale) return;
  auto record = catalog_.FindAssignment(plan, host);
  if (record) work.live.SetAssignment(*record);
  work.stale = !record;
}

void Engine::Loop::WantPass(const std::string& plan) {
  Work& work = works_[plan];
  // When its wave is stored a pass follows anyway.
  if (work.due || work.unstored > 0) return;
  work.due = true;
  absl::Duration wait = work.earliest - clock_.Uptime();
  loop_->PostAfter(std::max(wait, absl::ZeroDuration()),
                   [this, plan] { RunPass(plan); });
}

const decide::PlanView& Engine::Loop::ViewOf(const store::PlanState& state,
                                             const store::Holds& holds,
                                             absl::Duration uptime) {
  const std::string& plan = state.plan.record.plan().name();
  Work& work = works_[plan];
  if (std::exchange(work.stale, false) || !work.live.IsOf(state, holds)) {
    work.live.Make({state, catalog_.Assignments(plan), holds}, hosts_);
  }
  return work.live.At(state.rollout.record, room_.ViewOf(plan),
                      {clock_.Now(), uptime, deadlines_.time()});
}

void Engine::Loop::RunPass(const std::string& plan) {
  deadlines_.Check();
  // What the store says of the plan, its hosts have to say too.
  TakeMarks();
  works_[plan].due = false;
  const absl::Duration began = clock_.Uptime();
  auto state = catalog_.FindPlan(plan);
  if (!state) {
    works_.erase(plan);
    return;
  }
  Wave wave = state->plan.record.has_removal() ? GoOnRemoving(*state)
                                               : GoOn(*state, began);
  absl::Duration took = clock_.Uptime() - began;
  metrics_.CountPass(took);
  // One plan of very many hosts takes at most a tenth of the loop's time.
  works_[plan].earliest =
      began + std::clamp(10 * took, kPassInterval, kLongestInterval);
  if (!wave.parts.empty()) StoreWave(plan, std::move(wave));
}

Wave Engine::Loop::GoOn(const store::PlanState& state, absl::Duration uptime) {
  const std::string& plan = state.plan.record.plan().name();
  const store::Holds holds = catalog_.Holds();
  const decide::PlanView& view = ViewOf(state, holds, uptime);
  decide::Decision decision = decide::Decide(view);
  for (const std::string& other : room_.Take(plan, decision.in_change_then)) {
    WantPass(other);
  }
  Wave wave = MakeWave({state, holds.mod_revision}, view, decision);
  metrics_.SetPlanHosts(plan, wave.rollout.hosts());
  SetAlarm(plan, decision.next);
  return wave;
}

Wave Engine::Loop::GoOnRemoving(const store::PlanState& state) {
  const std::string& plan = state.plan.record.plan().name();
  for (const std::string& other : room_.Take(plan, 0)) WantPass(other);
  return MakeRemovalWave(catalog_, state, hosts_, clock_.Now());
}

void Engine::Loop::SetAlarm(const std::string& plan, absl::Time time) {
  Work& work = works_[plan];
  if (time >= work.alarm) return;
  work.alarm = time;
  loop_->PostAfter(time - clock_.Now(), [this, plan, time] {
    auto work = works_.find(plan);
    // An earlier one was set later; or the plan is gone.
    if (work == works_.end() || work->second.alarm != time) return;
    work->second.alarm = absl::InfiniteFuture();
    WantPass(plan);
  });
}

void Engine::Loop::StoreWave(const std::string& plan, Wave wave) {
  Work& work = works_[plan];
  work.unstored = wave.parts.size();
  std::vector<Part> parts = std::move(wave.parts);
  for (size_t i = 0; i < parts.size(); ++i) {
    std::optional<Wave> told;
    if (i + 1 == parts.size()) told = std::move(wave);
    store::Transaction transaction = std::move(parts[i].transaction);
    catalog_.store().Commit(
        std::move(transaction),
        [this, plan, part = Part{{}, std::move(parts[i].hosts)},
         told = std::move(told)](absl::StatusOr<int64_t> revision) {
          loop_->Post([this, plan, part, told, status = revision.status()] {
            if (told && status.ok()) WaveStored(*told);
            PartStored(plan, part, status);
          });
        });
  }
}

void Engine::Loop::WaveStored(const Wave& wave) {
  for (const v1::Event& event : wave.events) history_.Add(event);
  if (!wave.ended) return;
  LogInfo("rollout ", wave.rollout.number(), " of ", wave.rollout.plan(),
          " ended: ", v1::RolloutPhase_Name(wave.rollout.phase()), " ",
          wave.rollout.message());
}

void Engine::Loop::PartStored(const std::string& plan, const Part& part,
                              const absl::Status& status) {
  Work& work = works_[plan];
  if (status.ok()) {
    for (const std::string& host : part.hosts) SendTo(host);
  } else if (!absl::IsAborted(status)) {
    LogError("engine: plan ", plan, ": ", status.message());
    metrics_.CountStoreFailure();
    work.store_failed = true;
  }
  if (--work.unstored > 0) return;
  if (std::exchange(work.store_failed, false)) {
    work.earliest = clock_.Uptime() + kRetryInterval;
  }
  WantPass(plan);
}

void Engine::Loop::SendTo(const std::string& host) {
  auto facts = hosts_.find(host);
  // It gets all it shall run when it comes.
  if (facts == hosts_.end()) return;
  fleet_.Send(host, MakeAssignment(catalog_, told_, facts->second));
}

Engine::Engine(const EngineRooms& rooms, std::unique_ptr<TaskLoop> loop)
    : loop_(std::make_unique<Loop>(rooms, std::move(loop))) {}

Engine::~Engine() = default;

void Engine::Start() { loop_->Start(); }

bool Engine::ready() const { return loop_->ready(); }

}  // namespace rollout::reconcile
