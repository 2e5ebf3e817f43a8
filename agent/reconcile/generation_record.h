// SPDX-License-Identifier: Apache-2.0
//
// All the agent knows of one generation: what its shim tells, what its probe
// says, and whether a decision gave it up.
//
// Plain values, owned by the loop of the service.

#ifndef AGENT_RECONCILE_GENERATION_RECORD_H_
#define AGENT_RECONCILE_GENERATION_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "agent/decide/error_budget.h"
#include "agent/decide/service_view.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::agent {

struct GenerationRecord {
  // As the shim told last.
  shim::v1::Generation shim;
  bool ready = false;
  // When it became ready; on the monotonic clock.
  absl::Duration ready_since;
  // When it was ready for the first time; zero: not yet.
  absl::Duration first_ready;
  // The last bad answer of its readiness probe.
  std::string probe_message;
  // The last bad answer of its liveness probe, while that fails; empty: it
  // passes, or there is none.
  std::string liveness_problem;
  // Of its probes, since it has clients; nothing: no answer has failed, or
  // there is none.
  std::optional<ErrorBudget> readiness_budget;
  std::optional<ErrorBudget> liveness_budget;
  // The last answer that a budget counts.
  std::string failed_answer;
  // Why a decision gave it up; empty: none did.
  std::string failure;
  // As measured last.
  v1::ResourceUsage usage;
  // Of its template, in bytes; 0: none.
  uint64_t memory_limit = 0;
};

// Clients have reached it at some time.
bool HasServed(const GenerationRecord& record);

// `now` on the monotonic clock, as everything below.
GenerationView ViewOf(const GenerationRecord& record, absl::Duration now);

// `attempt`: the rollout that asks for its revision now; 0: none does.
v1::GenerationObservation Observe(const GenerationRecord& record,
                                  int64_t attempt, absl::Duration now);

// A time of the shim's; zero: has not happened.
inline absl::Duration FromShim(uint64_t nanoseconds) {
  return absl::Nanoseconds(static_cast<int64_t>(nanoseconds));
}

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_GENERATION_RECORD_H_
