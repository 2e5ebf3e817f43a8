// SPDX-License-Identifier: Apache-2.0
//
// The asking half of Service: whether its generations are ready, and well.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/reconcile/service.h"
#include "base/log.h"
#include "base/proto_time.h"

namespace rollout::agent {

void Service::FollowProbes(GenerationRecord* record) {
  const int64_t number = static_cast<int64_t>(record->shim.number());
  const v1::Revision* revision = Template(record->shim.revision());
  if (record->shim.pid() == 0 || record->shim.draining() ||
      !record->failure.empty()) {
    EndProbes(number);
    SetReady(false, record);
    return;
  }
  if (HasHeir(*record)) {
    // Both would be asked at once, and it is believed to be as it was.
    EndProbes(number);
    return;
  }
  if (revision == nullptr || !record->shim.all_endpoints_listen()) return;
  const v1::ServiceTemplate& service = revision->service();
  if (service.readiness().has_notify()) {
    SetReady(record->shim.notified_ready(), record);
  } else {
    Ask(*revision, service.readiness(), &readiness_, record);
  }
  const bool was_ready = record->first_ready > absl::ZeroDuration();
  if (service.has_liveness() && was_ready) {
    Ask(*revision, service.liveness(), &liveness_, record);
  }
}

void Service::Ask(const v1::Revision& revision, const v1::Probe& probe,
                  GenerationProbes* probes, GenerationRecord* record) {
  const int64_t number = static_cast<int64_t>(record->shim.number());
  if (probes->IsProbed(number)) return;
  absl::StatusOr<probe::ProbeTarget> target = BuildProbeTarget(
      around_.host,
      StartOf(revision, static_cast<int64_t>(record->shim.attempt()), number),
      probe, record->shim.mark());
  if (!target.ok()) {
    record->probe_message = std::string(target.status().message());
    return;
  }
  for (const shim::v1::Endpoint& endpoint : record->shim.endpoints()) {
    if (endpoint.address() == target->address &&
        !endpoint.own_address().empty()) {
      target->address = endpoint.own_address();
    }
  }
  const absl::Duration age =
      Now() - FromShim(record->shim.times().started_ns());
  target->delay =
      std::max(FromProto(probe.initial_delay()) - age, absl::ZeroDuration());
  // One that is asked whether it is well is believed to be until it fails.
  target->assume_ready = record->ready;
  probes->Start(number, *std::move(target));
}

void Service::EndProbes(int64_t generation) {
  readiness_.End(generation);
  liveness_.End(generation);
}

void Service::SetReady(bool ready, GenerationRecord* record) {
  if (ready == record->ready) return;
  record->ready = ready;
  if (!ready) return;
  record->ready_since = Now();
  record->probe_message.clear();
  if (record->first_ready > absl::ZeroDuration()) return;
  // Not while it is being given clients.
  loop_.PostAfter(absl::Seconds(1),
                  [this, number = static_cast<int64_t>(record->shim.number())] {
                    MeasureGeneration(number);
                  });
  const v1::Revision* revision = Template(record->shim.revision());
  const bool notifies = revision != nullptr &&
                        revision->service().readiness().has_notify() &&
                        record->shim.times().notified_ready_ns() > 0;
  // The shim saw a READY=1 before it was told on.
  record->first_ready =
      notifies ? FromShim(record->shim.times().notified_ready_ns()) : Now();
  if (WantedRevision* wanted = wanted_.Find(record->shim.revision())) {
    wanted->failure.clear();
  }
  FollowProbes(record);
}

// An answer that failed before it had clients cost nobody anything.
void Service::CountFailure(const v1::Probe& probe, const std::string& answer,
                           std::optional<ErrorBudget>* budget,
                           GenerationRecord* record) {
  if (answer.empty() || record->shim.weight() == 0) return;
  if (!*budget) {
    budget->emplace(probe.error_budget().failures(),
                    FromProto(probe.error_budget().window()));
  }
  const bool was_spent = (*budget)->IsSpent(Now());
  (*budget)->AddFailure(Now());
  record->failed_answer = answer;
  if (was_spent || !(*budget)->IsSpent(Now())) return;
  LogWarning("service ", name_, ": generation ", record->shim.number(),
             " has spent the error budget of its probe: ", answer);
}

void Service::OnReadiness(int64_t generation,
                          const probe::ProbeVerdict& verdict) {
  auto found = generations_.find(generation);
  if (found == generations_.end()) return;
  found->second.probe_message = verdict.message;
  SetReady(verdict.ready, &found->second);
  if (const v1::Revision* known = Template(found->second.shim.revision())) {
    CountFailure(known->service().readiness(), verdict.failed_answer,
                 &found->second.readiness_budget, &found->second);
  }
  OnProbed();
}

void Service::OnLiveness(int64_t generation,
                         const probe::ProbeVerdict& verdict) {
  auto found = generations_.find(generation);
  if (found == generations_.end()) return;
  found->second.liveness_problem =
      verdict.ready ? "" : absl::StrCat("liveness: ", verdict.message);
  if (const v1::Revision* known = Template(found->second.shim.revision())) {
    CountFailure(known->service().liveness(),
                 verdict.failed_answer.empty()
                     ? ""
                     : absl::StrCat("liveness: ", verdict.failed_answer),
                 &found->second.liveness_budget, &found->second);
  }
  OnProbed();
}

void Service::OnProbed() {
  recorder_.Update(generations_);
  events_.on_changed();
  AskForPass();
}

}  // namespace rollout::agent
