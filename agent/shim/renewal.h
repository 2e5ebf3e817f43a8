// SPDX-License-Identifier: Apache-2.0
//
// A shim that goes on in another program, mostly a newer one of its kind: by
// execve(2) in its keeper, which keeps what both have open.

#ifndef AGENT_SHIM_RENEWAL_H_
#define AGENT_SHIM_RENEWAL_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/kept_memory.h"
#include "proto/shim/v1/saved_state.pb.h"

namespace rollout::shim {

// The format of SavedState that this program writes; it takes no other.
inline constexpr uint32_t kStateVersion = 1;

// The file this program is run from.
v1::Executable ThisExecutable();

// What a shim prints when it is asked for with --state-version.
std::string StateVersionLine();

// Whether `program` would take our state: asks it. FailedPrecondition: it would
// not, or is no shim, or can't be run.
absl::Status CheckNextProgram(const std::string& program);

// Executes `program` in the place of this process, with the state that is kept
// in `memory` and all that it names still open. It gets this program, too, to
// go back to. Returns only if that fails: nothing has changed then.
absl::Status GoOnIn(const std::string& program, const KeptMemory& memory);

// What GoOnIn has given; the descriptors of the options --state and --previous.
// Errors: the state is none that this program takes.
absl::StatusOr<v1::SavedState> ReadState(int file);

// Executes the program that called GoOnIn, in this process, with the state as
// it gave it. Returns only if that fails.
absl::Status GoBack(int previous, int state_file, const v1::SavedState& state);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_RENEWAL_H_
