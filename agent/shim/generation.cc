// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/generation.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace rollout::shim {

absl::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kRunning:
      return "running";
    case Phase::kEmptying:
      return "emptying";
    case Phase::kSignalled:
      return "signalled";
    case Phase::kKilled:
      return "killed";
    case Phase::kGone:
      return "gone";
    case Phase::kEnded:
      return "ended";
  }
  return "";
}

bool IsLegal(Phase from, Phase to) {
  switch (from) {
    case Phase::kRunning:
      return to == Phase::kEmptying || to == Phase::kKilled;
    case Phase::kEmptying:
      return to == Phase::kSignalled || to == Phase::kKilled;
    case Phase::kSignalled:
      return to == Phase::kGone || to == Phase::kKilled;
    case Phase::kKilled:
      return to == Phase::kGone;
    case Phase::kGone:
      return to == Phase::kEnded;
    case Phase::kEnded:
      return false;
  }
  return false;
}

Generation::Generation(v1::StartRequest request,
                       std::unique_ptr<GenerationListeners> listeners,
                       Phase phase)
    : request(std::move(request)),
      listeners(std::move(listeners)),
      phase_(phase) {}

void Generation::MoveTo(Phase phase, absl::string_view reason) {
  CHECK(IsLegal(phase_, phase));
  LogInfo("generation ", number(), ": ", PhaseName(phase_), " -> ",
          PhaseName(phase), ": ", reason);
  phase_ = phase;
}

std::vector<EndpointAddress> Generation::EndpointAddresses() const {
  std::vector<EndpointAddress> addresses;
  for (const NamedEndpoint& endpoint : listeners->endpoints()) {
    addresses.push_back(endpoint.address);
  }
  return addresses;
}

TreeRoot Generation::Root() const { return {number(), main, notify_variable}; }

}  // namespace rollout::shim
