// SPDX-License-Identifier: Apache-2.0

#include "controller/api/host_status.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/proto_time.h"

namespace rollout::api {
namespace {

struct State {
  std::string word;
  // What the host says of it; may be empty.
  std::string said;
};

const v1::ServiceObservation* FindService(const HostOfPlan& input) {
  for (const auto& service : input.host.observation->services()) {
    if (service.plan() == input.status.plan().name()) return &service;
  }
  return nullptr;
}

// The newest generation of that revision and attempt; null: none.
const v1::GenerationObservation* FindGeneration(
    const v1::ServiceObservation* service, const v1::WeightedRevision& wanted) {
  const v1::GenerationObservation* found = nullptr;
  if (service == nullptr) return found;
  for (const auto& generation : service->generations()) {
    if (generation.revision() != wanted.revision() ||
        generation.attempt() != wanted.attempt()) {
      continue;
    }
    if (found == nullptr || generation.number() > found->number()) {
      found = &generation;
    }
  }
  return found;
}

// What the host said of a failure of the rollout's revision; may be empty.
std::string FailureOf(const v1::ServiceObservation* service,
                      const std::string& revision) {
  if (service == nullptr) return "";
  for (const auto& generation : service->generations()) {
    if (generation.revision() == revision &&
        generation.phase() == v1::FAILED_GENERATION) {
      return generation.message();
    }
  }
  return "";
}

State StateOfGeneration(const HostOfPlan& input,
                        const v1::GenerationObservation* generation) {
  if (generation == nullptr) return {"Starting", ""};
  const std::string& message = generation->message();
  switch (generation->phase()) {
    case v1::FAILED_GENERATION:
      return {"Failed", message};
    case v1::FETCHING:
      return {"Fetching", message};
    case v1::READY:
      return {"Ready", message};
    case v1::SERVING:
      break;
    default:
      return {"Starting", message};
  }
  const bool updated =
      input.assignment->has_settled() &&
      generation->revision() == input.status.rollout().revision();
  return {updated ? "Updated" : "Serving", message};
}

// The host was never asked, or is still on what came before the rollout.
bool IsPending(const HostOfPlan& input) {
  if (input.assignment == nullptr || input.assignment->revisions().empty()) {
    return true;
  }
  const v1::WeightedRevision& last = *input.assignment->revisions().rbegin();
  if (input.status.rollout().phase() == v1::PROGRESSING) {
    return last.revision() != input.status.rollout().revision();
  }
  return input.status.rollout().phase() == v1::ROLLING_BACK &&
         last.revision() != input.status.rollout().stable_revision();
}

State StateOf(const HostOfPlan& input, const v1::ServiceObservation* service) {
  if (!input.host.connected || !input.host.reported) {
    return {"Disconnected", ""};
  }
  if (input.status.has_removal()) {
    return {input.why.rule.empty() ? "Removed" : "Removing", ""};
  }
  std::string failure = FailureOf(service, input.status.rollout().revision());
  if (IsPending(input)) {
    return failure.empty() ? State{"Pending", ""} : State{"Failed", failure};
  }
  const v1::WeightedRevision& last = *input.assignment->revisions().rbegin();
  State state = StateOfGeneration(input, FindGeneration(service, last));
  if (input.status.rollout().phase() == v1::ROLLING_BACK &&
      !input.assignment->has_settled() && state.word != "Failed") {
    return {"RollingBack", failure};
  }
  return state;
}

// A failure is what is asked about first; of a host that nothing holds back
// there may be something to say, too.
const std::string& ReasonOf(const State& state, const decide::HostWhy& why) {
  const bool fails = state.word == "Failed" || state.word == "RollingBack";
  const bool tells_itself = fails || why.rule.empty();
  return tells_itself && !state.said.empty() ? state.said : why.message;
}

absl::Duration AgeOf(const HostOfPlan& input, const std::string& state) {
  if (state == "Disconnected") return input.host.silent_for;
  const v1::Removal& removal = input.status.removal();
  if (input.status.has_removal()) return input.now - FromProto(removal.since());
  absl::Time since = FromProto(input.status.rollout().created());
  if (input.assignment != nullptr && state != "Pending") {
    const store::AssignmentRecord& assignment = *input.assignment;
    since = FromProto(assignment.has_settled() ? assignment.settled()
                                               : assignment.changed());
  }
  return std::max(absl::ZeroDuration(), input.now - since);
}

}  // namespace

v1::PlanHostStatus MakeHostStatus(const HostOfPlan& input) {
  const v1::ServiceObservation* service = FindService(input);
  v1::PlanHostStatus status;
  status.set_host(input.host.info.name());
  status.set_address(input.host.info.address());
  status.set_connected(input.host.connected);
  if (input.assignment != nullptr) {
    *status.mutable_assigned() = input.assignment->revisions();
  }
  if (service != nullptr) {
    *status.mutable_generations() = service->generations();
    *status.mutable_certificates() = service->certificates();
  }
  State state = StateOf(input, service);
  *status.mutable_state_age() = ToProto(AgeOf(input, state.word));
  status.set_rule(input.why.rule);
  status.set_reason(ReasonOf(state, input.why));
  status.set_state(std::move(state.word));
  return status;
}

}  // namespace rollout::api
