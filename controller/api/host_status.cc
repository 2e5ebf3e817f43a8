// SPDX-License-Identifier: Apache-2.0

#include "controller/api/host_status.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"

namespace rollout::api {
namespace {

struct State {
  std::string word;
  std::string reason;
};

std::string InSeconds(absl::Duration duration) {
  duration = absl::Trunc(duration, absl::Seconds(1));
  // FormatDuration has no unit for zero.
  return duration == absl::ZeroDuration() ? "0s"
                                          : absl::FormatDuration(duration);
}

const v1::ServiceObservation* FindService(const HostOfPlan& input) {
  for (const auto& service : input.host.observation.services()) {
    if (service.plan() == input.plan.name()) return &service;
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
  if (generation == nullptr) return {"Starting", "waits for the agent"};
  const std::string& message = generation->message();
  switch (generation->phase()) {
    case v1::FAILED_GENERATION:
      return {"Failed", message};
    case v1::FETCHING:
      return {"Fetching", message};
    case v1::READY:
      return {"Ready",
              message.empty() ? "dark: no client reaches it" : message};
    case v1::SERVING:
      break;
    default:
      return {"Starting", message};
  }
  if (!input.assignment->has_settled()) {
    return {
        "Serving",
        absl::StrCat(
            "served ", InSeconds(FromProto(generation->serving_for())), " of ",
            InSeconds(FromProto(input.plan.spec().strategy().min_ready())))};
  }
  bool updated = generation->revision() == input.rollout.revision();
  return {updated ? "Updated" : "Serving", message};
}

// The host was never asked, or is still on what came before the rollout.
bool IsPending(const HostOfPlan& input) {
  if (!input.assignment || input.assignment->revisions().empty()) return true;
  const v1::WeightedRevision& last = *input.assignment->revisions().rbegin();
  if (input.rollout.phase() == v1::PROGRESSING) {
    return last.revision() != input.rollout.revision();
  }
  return input.rollout.phase() == v1::ROLLING_BACK &&
         last.revision() != input.rollout.stable_revision();
}

std::string WhyPending(const HostOfPlan& input) {
  if (input.rollout.paused()) return "the rollout is paused";
  // The way back is nobody's to hold.
  if (input.rollout.phase() == v1::ROLLING_BACK) return "waits for its turn";
  const v1::HostInfo& host = input.host.info;
  if (const v1::Cordon* cordon = input.holds.CordonOf(host.name())) {
    return store::TextOf(*cordon);
  }
  const v1::Freeze* freeze = input.holds.FreezeOf(host);
  return freeze != nullptr && !input.rollout.has_freeze_override()
             ? store::TextOf(*freeze)
             : "waits for its turn";
}

State StateOf(const HostOfPlan& input, const v1::ServiceObservation* service) {
  const fleet::HostSnapshot& host = input.host;
  if (!host.connected) {
    return {"Disconnected",
            absl::StrCat("silent for ", InSeconds(host.silent_for))};
  }
  if (!host.reported) return {"Disconnected", "has not reported yet"};
  std::string failure = FailureOf(service, input.rollout.revision());
  if (IsPending(input)) {
    if (!failure.empty()) return {"Failed", failure};
    if (input.rollout.phase() == v1::FAILED) {
      return {"Pending", "the rollout ended before its turn came"};
    }
    return {"Pending", WhyPending(input)};
  }
  const v1::WeightedRevision& last = *input.assignment->revisions().rbegin();
  State state = StateOfGeneration(input, FindGeneration(service, last));
  if (input.rollout.phase() == v1::ROLLING_BACK &&
      !input.assignment->has_settled() && state.word != "Failed") {
    return {"RollingBack", failure.empty() ? state.reason : failure};
  }
  return state;
}

absl::Duration AgeOf(const HostOfPlan& input, const std::string& state) {
  if (state == "Disconnected") return input.host.silent_for;
  absl::Time since = FromProto(input.rollout.created());
  if (input.assignment && state != "Pending") {
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
  if (input.assignment) {
    *status.mutable_assigned() = input.assignment->revisions();
  }
  if (service != nullptr) {
    *status.mutable_generations() = service->generations();
    *status.mutable_certificates() = service->certificates();
  }
  State state = StateOf(input, service);
  *status.mutable_state_age() = ToProto(AgeOf(input, state.word));
  status.set_state(std::move(state.word));
  status.set_reason(std::move(state.reason));
  return status;
}

}  // namespace rollout::api
