// SPDX-License-Identifier: Apache-2.0
//
// Waits until a plan that was deleted is gone, and prints a line for every host
// that gets there.

#ifndef ROLLOUTCTL_REMOVAL_WATCH_H_
#define ROLLOUTCTL_REMOVAL_WATCH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/client.h"
#include "rolloutctl/command.h"

namespace rollout::ctl {

// Not thread-safe. Client and session must outlive it.
class RemovalWatch {
 public:
  // `timeout` may be infinite.
  RemovalWatch(Client& client, Session& session, std::string plan,
               absl::Duration timeout);

  // Blocks until the plan is gone or the time is. A connection that is lost on
  // the way is made again for up to two minutes. Errors: what the controller
  // said.
  absl::StatusOr<ExitCode> Run();

 private:
  absl::Duration Remaining() const;
  // Returns whether the plan is still being removed.
  bool OnStatus(const v1::PlanStatus& status);
  bool MayRetry(const absl::Status& status) const;
  ExitCode Conclude();
  ExitCode TimeOut();

  Client& client_;
  Session& session_;
  const std::string plan_;
  const absl::Duration timeout_;
  const absl::Duration started_;
  v1::PlanStatus status_;
  // When the controller was heard last.
  absl::Duration heard_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_REMOVAL_WATCH_H_
