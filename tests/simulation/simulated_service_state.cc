// SPDX-License-Identifier: Apache-2.0
//
// What a SimulatedService says of itself: to the controller, and to people.

#include "absl/strings/str_cat.h"
#include "tests/simulation/simulated_service.h"

namespace rollout::simulation {

v1::ServiceObservation SimulatedService::Observe() const {
  v1::ServiceObservation observation;
  observation.set_plan(plan_);
  observation.set_orphaned(removal_ == 0 && orphaned_);
  observation.set_removal(removal_);
  observation.set_removed(removed_);
  for (const auto& [number, running] : generations_) {
    const auto* wanted = wanted_.Find(running.record.shim.revision());
    *observation.add_generations() =
        agent::Observe(running.record, wanted == nullptr ? 0 : wanted->attempt,
                       time_.Uptime());
  }
  for (const agent::WantedRevision& wanted : wanted_.all()) {
    const bool fetching = wanted.artifact == agent::ArtifactState::kFetching ||
                          !wanted.fetch_problem.empty();
    const bool told = generations_.count(wanted.failed_generation) > 0;
    if (!fetching && (wanted.failure.empty() || told)) continue;
    v1::GenerationObservation* missing = observation.add_generations();
    missing->set_number(fetching ? 0 : wanted.failed_generation);
    missing->set_revision(wanted.revision);
    missing->set_attempt(wanted.attempt);
    missing->set_phase(fetching ? v1::FETCHING : v1::FAILED_GENERATION);
    missing->set_message(fetching ? wanted.fetch_problem : wanted.failure);
  }
  return observation;
}

std::string SimulatedService::Describe() const {
  std::string text = agent_ == nullptr ? " (no agent)" : "";
  for (const v1::WeightedRevision& wanted : assignment_.revisions()) {
    absl::StrAppend(&text, " ", CommandOf(wanted.revision()), ":",
                    wanted.weight(), "@", wanted.attempt());
  }
  absl::StrAppend(&text, " runs");
  for (const auto& [number, running] : generations_) {
    const shim::v1::Generation& shim = running.record.shim;
    absl::StrAppend(&text, " #", number, "=", CommandOf(shim.revision()), ":",
                    shim.weight(), shim.pid() == 0 ? " dead" : "",
                    running.record.ready ? " ready" : "",
                    running.record.failure.empty() ? "" : " failed");
  }
  return text;
}

}  // namespace rollout::simulation
