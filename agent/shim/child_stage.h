// SPDX-License-Identifier: Apache-2.0
//
// What a new process does between fork and exec, stage by stage. Straight-line
// system calls; whatever needs memory was made ready before the fork.

#ifndef AGENT_SHIM_CHILD_STAGE_H_
#define AGENT_SHIM_CHILD_STAGE_H_

#include <linux/filter.h>

#include <string>
#include <vector>

#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

enum class ChildStage : int {
  kControlGroups,
  kSession,
  kDescriptors,
  kLimits,
  kFilter,
  kGroups,
  kGroup,
  kUser,
  kDirectory,
  kExec,
};

// What the child writes to the report socket when a stage fails. Nothing and
// end of file: the program runs.
struct ChildFailure {
  ChildStage stage;
  int error;  // errno
};

struct ChildPlan {
  const v1::StartRequest* request = nullptr;
  // "NAME=value"; the entry at `listen_pid_entry` (if any) is made complete
  // in the child, which alone knows its number.
  std::vector<std::string> environment;
  int listen_pid_entry = -1;
  // Empty: no filter.
  std::vector<sock_filter> filter;
  int output = -1;
  std::vector<int> listeners;
  // Of control groups to enter, open for writing.
  std::vector<int> entrances;
  // Carries the filter's descriptor, then a ChildFailure, to the parent.
  int report = -1;
};

// Never returns.
[[noreturn]] void RunChild(ChildPlan plan);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_CHILD_STAGE_H_
