// SPDX-License-Identifier: Apache-2.0
//
// A plan's status on a terminal, redrawn in place when it changes and every
// second, so that ages run on.

#ifndef ROLLOUTCTL_LIVE_VIEW_H_
#define ROLLOUTCTL_LIVE_VIEW_H_

#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/event_loop.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/console.h"
#include "rolloutctl/render/screen.h"

namespace rollout::ctl {

// Owns the terminal while it lives: nothing else may write there. Draws on a
// thread of its own; to be used from one other thread. Console and clock must
// outlive it.
class LiveView {
 public:
  // Redraws every `tick`.
  LiveView(Console& console, const Clock& clock,
           absl::Duration tick = absl::Seconds(1));

  // Shows `status`, which came just now.
  void Show(v1::PlanStatus status);
  // Shows `note` below the status until the next one comes.
  void Note(std::string note);

 private:
  // On the loop.
  void Draw();
  void Tick();

  Console& console_;
  const Clock& clock_;
  const absl::Duration tick_;
  render::Screen screen_;
  v1::PlanStatus status_;
  absl::Duration heard_;
  std::string note_;
  // The last member: its thread uses the others.
  EventLoop loop_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_LIVE_VIEW_H_
