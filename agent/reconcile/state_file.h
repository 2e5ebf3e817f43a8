// SPDX-License-Identifier: Apache-2.0
//
// The agent's state on disk: read once at start, replaced at every change.
//
// Not thread-safe: belongs to the agent's loop.

#ifndef AGENT_RECONCILE_STATE_FILE_H_
#define AGENT_RECONCILE_STATE_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "proto/rollout/v1/agent_state.pb.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::agent {

// What was found at start.
struct FoundState {
  v1::AgentState state;
  // Swap reports the controller has not acknowledged.
  std::vector<v1::SwapReport> reports;
  // Files that could not be read and where they are now, in sentences.
  std::vector<std::string> damage;
};

// Reads state and reports. A damaged file is renamed and told in `damage`; the
// agent goes on without it, and the controller brings what it said again.
// Errors: the disk's.
absl::StatusOr<FoundState> ReadState(FileSystem& files,
                                     const std::string& state_directory,
                                     absl::Time now);

absl::Status WriteState(FileSystem& files, const std::string& state_directory,
                        const v1::AgentState& state);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_STATE_FILE_H_
