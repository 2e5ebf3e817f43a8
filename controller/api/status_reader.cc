// SPDX-License-Identifier: Apache-2.0

#include "controller/api/status_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "controller/api/host_status.h"
#include "controller/gitops/plan_sync.h"
#include "controller/gitops/plans_in_store.h"

namespace rollout::api {
namespace {

// Of a plan that is from a source.
v1::PlanSync SyncOf(const store::Catalog& catalog,
                    const store::PlanRecord& plan) {
  store::SourceRecord source;
  auto stored = catalog.FindSource(plan.declaration().origin().source());
  if (stored) source = std::move(stored->record);
  v1::PlanSync sync =
      gitops::SyncOf(gitops::ReadPlan(catalog, plan.plan().name()), source);
  // Two whole specs are too much for each status.
  sync.clear_declared();
  sync.clear_actual();
  return sync;
}

v1::PlanStatus WithoutHosts(const store::Catalog& catalog,
                            const store::PlanState& state) {
  v1::PlanStatus status;
  const store::PlanRecord& plan = state.plan.record;
  *status.mutable_plan() = plan.plan();
  status.set_stable_revision(plan.stable_revision());
  *status.mutable_rollout() = state.rollout.record;
  if (plan.has_declaration()) *status.mutable_sync() = SyncOf(catalog, plan);
  if (plan.has_removal()) *status.mutable_removal() = plan.removal();
  return status;
}

// Null: it has never been given one.
const store::AssignmentRecord* FindAssignment(const view::PlanRecords& records,
                                              const std::string& host) {
  auto found = std::lower_bound(
      records.assignments.begin(), records.assignments.end(), host,
      [](const store::AssignmentRecord& record, const std::string& name) {
        return record.host() < name;
      });
  const bool is_there =
      found != records.assignments.end() && found->host() == host;
  return is_there ? &*found : nullptr;
}

v1::Host ToProtoHost(const fleet::HostSnapshot& snapshot,
                     const store::Holds& holds) {
  v1::Host host;
  *host.mutable_info() = snapshot.info;
  host.set_connected(snapshot.connected);
  *host.mutable_silent_for() = ToProto(snapshot.silent_for);
  *host.mutable_joined() = ToProto(snapshot.joined);
  const v1::Cordon* cordon = holds.CordonOf(snapshot.info.name());
  if (cordon != nullptr) *host.mutable_cordon() = *cordon;
  if (snapshot.reported) {
    *host.mutable_services() = snapshot.observation->services();
  }
  return host;
}

}  // namespace

absl::StatusOr<v1::PlanStatus> StatusReader::Plan(
    const std::string& plan) const {
  ASSIGN_OR_RETURN(const view::PlanRecords records, Records(plan));
  const std::vector<fleet::HostSnapshot> hosts = fleet_.Hosts();
  std::map<std::string, decide::HostWhy> whys;
  for (NamedWhy& each : whys_.Read(records, hosts)) {
    whys[std::move(each.host)] = std::move(each.why);
  }
  v1::PlanStatus status = WithoutHosts(catalog_, records.state);
  for (const fleet::HostSnapshot& host : hosts) {
    auto why = whys.find(host.info.name());
    // Not one of the plan's.
    if (why == whys.end()) continue;
    *status.add_hosts() =
        MakeHostStatus({status, host, FindAssignment(records, host.info.name()),
                        why->second, clock_.Now()});
  }
  return status;
}

absl::StatusOr<v1::WhyResponse> StatusReader::Why(
    const std::string& plan) const {
  ASSIGN_OR_RETURN(const view::PlanRecords records, Records(plan));
  v1::WhyResponse response;
  *response.mutable_rollout() = records.state.rollout.record;
  const store::PlanRecord& record = records.state.plan.record;
  if (record.has_removal()) *response.mutable_removal() = record.removal();
  for (NamedWhy& each : whys_.Read(records, fleet_.Hosts())) {
    v1::HostWhy* host = response.add_hosts();
    host->set_host(std::move(each.host));
    host->set_rule(std::move(each.why.rule));
    host->set_message(std::move(each.why.message));
  }
  return response;
}

absl::StatusOr<view::PlanRecords> StatusReader::Records(
    const std::string& plan) const {
  RETURN_IF_ERROR(CheckPlan(plan));
  std::optional<store::PlanState> state = catalog_.FindPlan(plan);
  if (!state) return absl::AbortedError("the plan was deleted meanwhile");
  return view::PlanRecords{*std::move(state), catalog_.Assignments(plan),
                           catalog_.Holds()};
}

std::vector<v1::PlanStatus> StatusReader::Plans() const {
  std::vector<v1::PlanStatus> plans;
  for (const std::string& name : catalog_.PlanNames()) {
    std::optional<store::PlanState> state = catalog_.FindPlan(name);
    if (state) plans.push_back(WithoutHosts(catalog_, *state));
  }
  return plans;
}

absl::StatusOr<v1::Host> StatusReader::Host(const std::string& host) const {
  std::optional<fleet::HostSnapshot> snapshot = fleet_.FindHost(host);
  if (snapshot) return ToProtoHost(*snapshot, catalog_.Holds());
  return absl::NotFoundError(
      absl::StrCat("no host \"", host,
                   "\" has ever connected: is its agent running, with "
                   "this controller's address?"));
}

std::vector<v1::Host> StatusReader::Hosts() const {
  std::vector<v1::Host> hosts;
  const store::Holds holds = catalog_.Holds();
  for (const fleet::HostSnapshot& host : fleet_.Hosts()) {
    hosts.push_back(ToProtoHost(host, holds));
  }
  return hosts;
}

absl::Status StatusReader::CheckPlan(const std::string& plan) const {
  if (catalog_.FindPlan(plan)) return absl::OkStatus();
  std::vector<std::string> names = catalog_.PlanNames();
  return absl::NotFoundError(absl::StrCat(
      "there is no plan \"", plan, "\"",
      names.empty()
          ? ", nor any other"
          : absl::StrCat(" (there are: ", absl::StrJoin(names, ", "), ")")));
}

bool IsOver(v1::RolloutPhase phase) {
  return phase == v1::COMPLETE || phase == v1::ROLLED_BACK ||
         phase == v1::ABORTED || phase == v1::FAILED || phase == v1::SUPERSEDED;
}

}  // namespace rollout::api
