// SPDX-License-Identifier: Apache-2.0
//
// Starts a generation's main process: new session, its user, directory and
// limits, under the filter, with nothing of the shim's left open.

#ifndef AGENT_SHIM_SPAWN_H_
#define AGENT_SHIM_SPAWN_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

struct SpawnOptions {
  // Command, environment, user, directory, umask, limits. Must outlive the
  // call.
  const v1::StartRequest* request = nullptr;
  // "NAME=value" to add; they replace those of the request.
  std::vector<std::string> environment;
  // Becomes standard output and error; borrowed.
  int output = -1;
  // Become descriptors 3, 4, ..., announced by LISTEN_FDS, LISTEN_PID and
  // LISTEN_FDNAMES; borrowed.
  std::vector<int> listeners;
  std::vector<std::string> listener_names;
  // Whether it runs under the filter.
  bool intercept = false;
  // The control group to be born in (clone3(2), Linux 5.7); borrowed. -1: ours.
  int control_group = -1;
  // Where it can't be born in there, it is not born at all.
  bool must_be_in_group = false;
  // Open for writing, the cgroup.procs of groups of version 1 that it enters
  // before it runs the program; borrowed.
  std::vector<int> entrances;
};

struct Spawned {
  pid_t pid = 0;
  // For signals: a pid could be of another by then.
  UniqueFd pidfd;
  // Where the filter asks; none without intercept.
  UniqueFd seccomp;
  // Whether it was born in the control group that was asked for.
  bool in_control_group = false;
};

// Returns when the new program runs. Errors name the stage that failed:
// "cannot change to user 33: Operation not permitted". The process is dead or
// dying then and is reaped with the others. DeadlineExceeded: it took 10 s to
// get there.
absl::StatusOr<Spawned> Spawn(const SpawnOptions& options);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SPAWN_H_
