// SPDX-License-Identifier: Apache-2.0
//
// A systemd of our own with the agent's unit of deploy/systemd and no other. It
// runs as a user's manager, which needs not be process 1 and is the same
// program; what it does with a unit's processes is the same. It sees the test's
// control group as the root of all.

#ifndef TESTS_DEPLOY_SYSTEMD_H_
#define TESTS_DEPLOY_SYSTEMD_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/deploy/deployed_file.h"
#include "tests/deploy/supervisor.h"

namespace rollout::deploy {

class Systemd : public Supervisor {
 public:
  // `faults` are made in the unit.
  explicit Systemd(Replacements faults = {}) : faults_(std::move(faults)) {}

  absl::StatusOr<std::vector<std::string>> Command(
      const e2e::AgentFiles& files) override;
  pid_t AgentPid() const override;
  absl::Status RestartAgent() const override;

 private:
  absl::Status WriteUnits(const e2e::AgentFiles& files) const;
  absl::StatusOr<std::string> Control(std::vector<std::string> words) const;

  const Replacements faults_;
  // Below it: units/, run/.
  std::string directory_;
};

}  // namespace rollout::deploy

#endif  // TESTS_DEPLOY_SYSTEMD_H_
