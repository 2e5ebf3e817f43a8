// SPDX-License-Identifier: Apache-2.0
//
// A supervisord of our own, see http://supervisord.org, with the agent of
// deploy/supervisord.

#ifndef TESTS_DEPLOY_SUPERVISORD_H_
#define TESTS_DEPLOY_SUPERVISORD_H_

#include <string>
#include <vector>

#include "tests/deploy/supervisor.h"

namespace rollout::deploy {

class Supervisord : public Supervisor {
 public:
  absl::StatusOr<std::vector<std::string>> Command(
      const e2e::AgentFiles& files) override;
  pid_t AgentPid() const override;
  absl::Status RestartAgent() const override;

 private:
  absl::StatusOr<std::string> Control(std::vector<std::string> words) const;

  std::string configuration_;
};

}  // namespace rollout::deploy

#endif  // TESTS_DEPLOY_SUPERVISORD_H_
