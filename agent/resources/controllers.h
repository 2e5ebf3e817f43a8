// SPDX-License-Identifier: Apache-2.0
//
// By which control groups this host limits its generations: each of the
// kernel's controllers is in one hierarchy only, in that of version 2, in one
// of version 1, or in none.

#ifndef AGENT_RESOURCES_CONTROLLERS_H_
#define AGENT_RESOURCES_CONTROLLERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"

namespace rollout::agent {

// Where one controller is to be had.
struct ControllerPlace {
  // In each generation's own group, of version 2.
  bool unified = false;
  // The group of version 1, made when it is needed, in which one is made for
  // each generation that is limited; empty: none.
  std::string holder;
  // Where it is in neither: why, and what to do.
  std::string problem = "nobody has looked";
};

struct Controllers {
  ControllerPlace memory;
  ControllerPlace cpu;
  ControllerPlace pids;
};

// Gives the groups in `group`, of version 2, the controller, by way of the
// group above it. FailedPrecondition says why they can't have it: the one above
// has not got it, or has processes in it.
absl::Status EnableController(FileSystem& files, const std::string& group,
                              absl::string_view controller);

// `group`: that of version 2 that holds those of the generations; empty: there
// is none. In version 1 the group is `name`, below this process's own.
Controllers PrepareControllers(FileSystem& files, const std::string& group,
                               absl::string_view name);

}  // namespace rollout::agent

#endif  // AGENT_RESOURCES_CONTROLLERS_H_
