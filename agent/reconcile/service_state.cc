// SPDX-License-Identifier: Apache-2.0
//
// What a Service says of itself: to the controller, to the disk, to whoever
// cleans up.

#include <set>

#include "agent/reconcile/service.h"
#include "base/proto_time.h"
#include "base/utf8.h"

namespace rollout::agent {

v1::ServiceObservation Service::Observe() const {
  v1::ServiceObservation observation;
  observation.set_plan(name_);
  observation.set_orphaned(removal_ == 0 && (orphaned_ || !assigned_));
  observation.set_removal(removal_);
  observation.set_removed(removed_);
  for (const auto& [number, record] : generations_) {
    const WantedRevision* wanted = wanted_.Find(record.shim.revision());
    *observation.add_generations() =
        agent::Observe(record, wanted == nullptr ? 0 : wanted->attempt, Now());
    v1::GenerationObservation& told =
        *observation.mutable_generations(observation.generations_size() - 1);
    if (told.message().empty() && record.shim.weight() > 0) {
      told.set_message(ToUtf8(renewal_problem_));
    }
  }
  for (const WantedRevision& wanted : wanted_.all()) {
    const bool fetching = wanted.artifact == ArtifactState::kFetching ||
                          !wanted.fetch_problem.empty();
    const bool told = generations_.count(wanted.failed_generation) > 0;
    if (!fetching && (wanted.failure.empty() || told)) continue;
    v1::GenerationObservation* missing = observation.add_generations();
    missing->set_number(fetching ? 0 : wanted.failed_generation);
    missing->set_revision(wanted.revision);
    missing->set_attempt(wanted.attempt);
    missing->set_phase(fetching ? v1::FETCHING : v1::FAILED_GENERATION);
    missing->set_message(
        ToUtf8(fetching ? wanted.fetch_problem : wanted.failure));
  }
  for (const certificate::CertificateState& state : certificates_) {
    v1::CertificateObservation* told = observation.add_certificates();
    told->set_name(state.name);
    told->set_serial(state.serial);
    if (!state.serial.empty()) {
      *told->mutable_expires() = ToProto(state.expires);
    }
    // May hold what a command printed.
    told->set_problem(ToUtf8(state.problem));
    told->set_warning(state.warning);
  }
  return observation;
}

std::optional<v1::ServiceState> Service::State() const {
  if (!assigned_) return std::nullopt;
  v1::ServiceState state;
  state.set_orphaned(orphaned_);
  state.set_removal(removal_);
  v1::ServiceAssignment& assignment = *state.mutable_assignment();
  assignment.set_plan(name_);
  if (adopt_) *assignment.mutable_adopt() = *adopt_;
  *assignment.mutable_output() = output_;
  std::set<std::string> used;
  for (const WantedRevision& wanted : wanted_.all()) {
    v1::WeightedRevision* weighted = assignment.add_revisions();
    weighted->set_revision(wanted.revision);
    weighted->set_weight(wanted.weight);
    weighted->set_attempt(wanted.attempt);
    used.insert(wanted.revision);
    if (!wanted.rejected) continue;
    v1::RejectedRevision* rejected = state.add_rejected();
    rejected->set_revision(wanted.revision);
    rejected->set_attempt(wanted.attempt);
    rejected->set_generation(wanted.failed_generation);
    rejected->set_reason(ToUtf8(wanted.failure));
  }
  for (const auto& [number, record] : generations_) {
    used.insert(record.shim.revision());
  }
  for (const std::string& id : used) {
    if (const v1::Revision* revision = Template(id)) {
      *assignment.add_templates() = *revision;
    }
  }
  return state;
}

std::optional<std::vector<std::string>> Service::ArtifactsInUse() const {
  if (!known_) return std::nullopt;
  for (const auto& [number, record] : generations_) {
    if (Template(record.shim.revision()) == nullptr) return std::nullopt;
  }
  std::vector<std::string> digests;
  for (const auto& [id, revision] : templates_) {
    digests.push_back(revision.service().artifact().sha256());
  }
  return digests;
}

}  // namespace rollout::agent
