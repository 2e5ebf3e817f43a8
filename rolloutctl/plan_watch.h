// SPDX-License-Identifier: Apache-2.0
//
// Shows a plan's rollout until it is over: redrawn in place on a terminal, a
// line per change elsewhere, or a JSON or YAML document per change.

#ifndef ROLLOUTCTL_PLAN_WATCH_H_
#define ROLLOUTCTL_PLAN_WATCH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/client.h"
#include "rolloutctl/command.h"
#include "rolloutctl/live_view.h"
#include "rolloutctl/people_wait.h"
#include "rolloutctl/render/structured.h"

namespace rollout::ctl {

struct WatchSettings {
  std::string plan;
  // The rollout waited for; 0: the newest one.
  int64_t rollout = 0;
  absl::Duration timeout = absl::InfiniteDuration();
  render::Format format = render::Format::kTable;
  // Ends where the rollout waits for people.
  bool exit_on_wait = false;
};

// Not thread-safe. Client and session must outlive it.
class PlanWatch {
 public:
  PlanWatch(Client& client, Session& session, WatchSettings settings);

  // Blocks until the rollout is over or the time is, or as the settings say. A
  // connection that is lost on the way is made again for up to two minutes: a
  // controller may restart in the middle of a rollout. Errors: the first
  // connection's, or what the controller said.
  absl::StatusOr<ExitCode> Run();

 private:
  absl::Duration Remaining() const;
  // Returns whether to go on.
  bool OnStatus(const v1::PlanStatus& status);
  void Show(const v1::PlanStatus& status);
  // Says that the connection was lost.
  void ShowLoss(const absl::Status& status);
  // The rollout waited for has ended, or a newer one took its place.
  bool IsOver() const;
  // What the rollout waits for; none as well where that is no end.
  std::optional<PeopleWait> Waiting() const;
  // Whether another try makes sense after the stream ended with `status`.
  bool MayRetry(const absl::Status& status) const;
  // The exit code; says on standard error what is not as it was wanted.
  ExitCode Conclude();
  ExitCode TimeOut();
  ExitCode EndWaiting(const PeopleWait& wait);

  Client& client_;
  Session& session_;
  const WatchSettings settings_;
  // None: not on a terminal, or for a script.
  std::optional<LiveView> live_;
  const absl::Duration started_;
  // The newest status, and when it came; empty: none yet.
  v1::PlanStatus status_;
  absl::Duration heard_;
  bool any_ = false;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_PLAN_WATCH_H_
