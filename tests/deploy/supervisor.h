// SPDX-License-Identifier: Apache-2.0
//
// A program that starts the agent and looks after it, as configured by the
// files of deploy/.

#ifndef TESTS_DEPLOY_SUPERVISOR_H_
#define TESTS_DEPLOY_SUPERVISOR_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/e2e/fleet.h"

namespace rollout::deploy {

// Of one agent. Not thread-safe.
class Supervisor {
 public:
  virtual ~Supervisor() = default;

  // An e2e::AgentCommand. To be called before all others.
  virtual absl::StatusOr<std::vector<std::string>> Command(
      const e2e::AgentFiles& files) = 0;

  // The agent's process now; 0: none is running, or the supervisor isn't.
  virtual pid_t AgentPid() const = 0;

  // As an operator does it. The agent runs again when this returns.
  virtual absl::Status RestartAgent() const = 0;
};

}  // namespace rollout::deploy

#endif  // TESTS_DEPLOY_SUPERVISOR_H_
