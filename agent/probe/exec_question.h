// SPDX-License-Identifier: Apache-2.0
//
// The exec probe: good when the command exits with status 0. Where it mentions
// ${probe.address}, that is a door to the generation.

#ifndef AGENT_PROBE_EXEC_QUESTION_H_
#define AGENT_PROBE_EXEC_QUESTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/probe/cancel_event.h"
#include "agent/probe/door.h"
#include "agent/probe/question.h"

namespace rollout::probe {

class ExecQuestion : public Question {
 public:
  // `address` and `mark` of the probed endpoint, for the door; the address may
  // be empty where the command does not mention ${probe.address}.
  // InvalidArgument: an empty command or no address; else the door's errors.
  static absl::StatusOr<std::unique_ptr<ExecQuestion>> Make(
      std::vector<std::string> command, const std::string& address,
      uint32_t mark, absl::Duration timeout);

  Answer Ask() override;
  void Cancel() override { cancelled_.Set(); }

 private:
  ExecQuestion(std::vector<std::string> command, std::unique_ptr<Door> door,
               absl::Duration timeout)
      : command_(std::move(command)),
        door_(std::move(door)),
        timeout_(timeout) {}

  const std::vector<std::string> command_;
  const std::unique_ptr<Door> door_;  // null: not needed
  const absl::Duration timeout_;
  CancelEvent cancelled_;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_EXEC_QUESTION_H_
