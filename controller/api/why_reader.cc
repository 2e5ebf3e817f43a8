// SPDX-License-Identifier: Apache-2.0

#include "controller/api/why_reader.h"

#include <cstddef>
#include <map>
#include <utility>

#include "controller/manifest/host_selector.h"
#include "controller/view/host_facts.h"
#include "controller/view/plan_view.h"
#include "controller/view/removal_view.h"

namespace rollout::api {
namespace {

std::vector<NamedWhy> WhysOfRemoval(
    const view::PlanRecords& records,
    const std::vector<fleet::HostSnapshot>& hosts, absl::Duration uptime) {
  std::map<std::string, view::HostFacts> facts;
  for (const fleet::HostSnapshot& host : hosts) {
    facts[host.info.name()] = view::ToFacts(host, uptime);
  }
  const decide::RemovalView view = view::MakeRemovalView(
      records.state.plan.record, records.assignments, facts);
  std::vector<NamedWhy> named;
  for (const decide::RemovingHost& host : view.hosts) {
    named.push_back({host.name, decide::WhyNotRemoved(view, host)});
  }
  return named;
}

}  // namespace

std::vector<NamedWhy> WhyReader::Read(
    const view::PlanRecords& records,
    const std::vector<fleet::HostSnapshot>& hosts) const {
  const view::Moment moment{clock_.Now(), clock_.Uptime(), options_.started};
  if (records.state.plan.record.has_removal()) {
    return WhysOfRemoval(records, hosts, moment.uptime);
  }
  const v1::Plan& plan = records.state.plan.record.plan();
  std::map<std::string, view::HostFacts> facts;
  for (const fleet::HostSnapshot& host : hosts) {
    if (!manifest::Selects(plan.spec().hosts(), host.info)) continue;
    facts.emplace_hint(facts.end(), host.info.name(),
                       view::ToFacts(host, moment.uptime));
  }
  decide::PlanView view = view::MakePlanView(records, facts, moment);
  view.fleet.limit = options_.max_in_change;
  view.fleet.in_change_elsewhere = InChangeElsewhere(plan.name());
  std::vector<decide::HostWhy> whys = decide::Why(view);
  std::vector<NamedWhy> named;
  named.reserve(whys.size());
  for (size_t i = 0; i < whys.size(); ++i) {
    named.push_back({std::move(view.hosts[i].name), std::move(whys[i])});
  }
  return named;
}

// Of all plans but this one, as their last passes counted them.
int WhyReader::InChangeElsewhere(const std::string& plan) const {
  int in_change = 0;
  for (const std::string& other : catalog_.PlanNames()) {
    if (other == plan) continue;
    auto state = catalog_.FindPlan(other);
    if (!state || state->plan.record.has_removal()) continue;
    in_change += state->rollout.record.hosts().in_change();
  }
  return in_change;
}

}  // namespace rollout::api
