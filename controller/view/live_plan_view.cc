// SPDX-License-Identifier: Apache-2.0

#include "controller/view/live_plan_view.h"

#include <utility>

#include "base/proto_time.h"
#include "controller/decide/canary.h"
#include "controller/manifest/host_selector.h"
#include "controller/store/attempt.h"

namespace rollout::view {
namespace {

void AddHold(const store::Holds& holds, bool overrides_freeze,
             const v1::HostInfo& host, decide::HostView* view) {
  if (const v1::Cordon* cordon = holds.CordonOf(host.name())) {
    view->hold = decide::Hold::kCordoned;
    view->hold_message = store::TextOf(*cordon);
    return;
  }
  if (overrides_freeze) return;
  if (const v1::Freeze* freeze = holds.FreezeOf(host)) {
    view->hold = decide::Hold::kFrozen;
    view->hold_message = store::TextOf(*freeze);
  }
}

// Without the label: one more value of it.
std::string LabelOf(const v1::HostInfo& host, const std::string& label) {
  auto found = host.labels().find(label);
  return found == host.labels().end() ? "" : found->second;
}

// In the order of their turns.
std::vector<const HostFacts*> Selected(
    const v1::PlanSpec& spec, const std::map<std::string, HostFacts>& hosts) {
  std::vector<const HostFacts*> selected;
  for (const auto& [name, facts] : hosts) {
    if (manifest::Selects(spec.hosts(), facts.info)) selected.push_back(&facts);
  }
  const std::string& spread = spec.strategy().spread();
  if (spread.empty()) return selected;
  std::vector<std::string> labels;
  for (const HostFacts* facts : selected) {
    labels.push_back(LabelOf(facts->info, spread));
  }
  std::vector<const HostFacts*> ordered;
  for (size_t i : decide::SpreadOrder(labels)) ordered.push_back(selected[i]);
  return ordered;
}

// Ages aside.
bool IsSame(const decide::GenerationView& a, const decide::GenerationView& b) {
  return a.number == b.number && a.revision == b.revision &&
         a.attempt == b.attempt && a.retry == b.retry && a.state == b.state &&
         a.weight == b.weight && a.ready == b.ready && a.message == b.message;
}

bool IsSame(const decide::HostView& a, const decide::HostView& b) {
  if (a.connected != b.connected || a.reported != b.reported ||
      a.lease_over != b.lease_over ||
      a.generations.size() != b.generations.size()) {
    return false;
  }
  for (size_t i = 0; i < a.generations.size(); ++i) {
    if (!IsSame(a.generations[i], b.generations[i])) return false;
  }
  return true;
}

}  // namespace

bool LivePlanView::IsOf(const store::PlanState& state,
                        const store::Holds& holds) const {
  return state.plan.mod_revision == plan_revision_ &&
         holds.mod_revision == holds_revision_ &&
         state.rollout.record.has_freeze_override() == overrides_freeze_;
}

void LivePlanView::Make(const PlanRecords& records,
                        const std::map<std::string, HostFacts>& hosts) {
  const v1::Plan& plan = records.state.plan.record.plan();
  plan_ = plan.name();
  plan_revision_ = records.state.plan.mod_revision;
  holds_revision_ = records.holds.mod_revision;
  overrides_freeze_ = records.state.rollout.record.has_freeze_override();
  view_ = {};
  view_.strategy = ToView(plan.spec());
  times_.clear();
  places_.clear();
  for (const HostFacts* facts : Selected(plan.spec(), hosts)) {
    places_[facts->info.name()] = view_.hosts.size();
    view_.hosts.push_back(ToView(plan_, *facts));
    AddHold(records.holds, overrides_freeze_, facts->info, &view_.hosts.back());
    times_.push_back({{}, {}, facts->observed_at});
  }
  for (const store::AssignmentRecord& record : records.assignments) {
    SetAssignment(record);
  }
}

bool LivePlanView::SetFacts(const HostFacts& facts) {
  auto place = places_.find(facts.info.name());
  if (place == places_.end()) return false;
  decide::HostView& host = view_.hosts[place->second];
  decide::HostView told = ToView(plan_, facts);
  // While it is on its way, it matters for how long it has served.
  const bool matters = !host.settled || !IsSame(host, told);
  host.connected = told.connected;
  host.reported = told.reported;
  host.lease_over = told.lease_over;
  host.generations = std::move(told.generations);
  times_[place->second].observed_at = facts.observed_at;
  return matters;
}

void LivePlanView::SetAssignment(const store::AssignmentRecord& record) {
  auto place = places_.find(record.host());
  if (place == places_.end()) return;
  decide::HostView& host = view_.hosts[place->second];
  host.assigned.clear();
  for (const v1::WeightedRevision& weighted : record.revisions()) {
    const store::Attempt attempt = store::ToAttempt(weighted.attempt());
    host.assigned.push_back({weighted.revision(),
                             static_cast<int>(weighted.weight()),
                             attempt.rollout, attempt.retry});
  }
  host.settled = record.has_settled();
  host.failed = record.failed();
  times_[place->second].began = FromProto(record.began());
  times_[place->second].changed = FromProto(record.changed());
}

const decide::PlanView& LivePlanView::At(const v1::Rollout& rollout,
                                         const decide::FleetView& fleet,
                                         const Moment& moment) {
  view_.now = moment.now;
  view_.rollout = ToView(rollout, moment);
  view_.fleet = fleet;
  for (size_t i = 0; i < times_.size(); ++i) {
    decide::HostView& host = view_.hosts[i];
    host.began = Past(times_[i].began, moment);
    host.changed = Past(times_[i].changed, moment);
    host.observed_for = moment.uptime - times_[i].observed_at;
  }
  return view_;
}

decide::PlanView MakePlanView(const PlanRecords& records,
                              const std::map<std::string, HostFacts>& hosts,
                              const Moment& moment) {
  LivePlanView live;
  live.Make(records, hosts);
  return live.At(records.state.rollout.record, {}, moment);
}

}  // namespace rollout::view
