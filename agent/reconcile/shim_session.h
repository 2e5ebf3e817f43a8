// SPDX-License-Identifier: Apache-2.0
//
// A service's connection to its shim, seen from the agent's loop: opened in the
// background, opened again when it breaks, its words delivered as tasks of the
// loop and never those of an earlier connection.
//
// Belongs to the loop. Destroy it after the loop and the worker are stopped.

#ifndef AGENT_RECONCILE_SHIM_SESSION_H_
#define AGENT_RECONCILE_SHIM_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim_client/shim.h"
#include "base/event_loop.h"

namespace rollout::agent {

// On the loop.
struct ShimSessionEvents {
  std::function<void(shim::v1::Status)> on_status;
  // There is no shim to talk to, or it does not answer; it is tried again.
  std::function<void(const absl::Status&)> on_lost;
};

class ShimSession {
 public:
  // Borrowed ones must outlive this.
  ShimSession(std::string service, shim_client::ShimHost* host, EventLoop* loop,
              EventLoop* worker, ShimSessionEvents events);
  ShimSession(const ShimSession&) = delete;
  ShimSession& operator=(const ShimSession&) = delete;

  // Connects, or starts a shim, unless that is under way or done. Failures are
  // told by on_lost and tried again. A connection that breaks is opened anew at
  // once, and only if that fails it is told: mostly another shim goes on
  // already where the one before was lost.
  void Open();

  // Asks the shim to end. Its end is told by on_lost, and no other is opened
  // until Open is called again. `done`: as of Send.
  void Shutdown(std::function<void(const absl::Status&)> done);

  // A status has come on this connection, and every request is answered.
  bool is_settled() const { return status_known_ && in_flight_ == 0; }

  // `done` runs on the loop, unless the loop is stopped first. Unavailable
  // when there is no connection.
  void Send(shim::v1::Request request,
            std::function<void(const absl::Status&)> done);

 private:
  void OnOpened(int64_t session,
                absl::StatusOr<std::shared_ptr<shim_client::Shim>> shim);
  void OnStatus(int64_t session, shim::v1::Status status);
  void OnLost(int64_t session, const absl::Status& why);

  const std::string service_;
  shim_client::ShimHost& host_;
  EventLoop& loop_;
  EventLoop& worker_;
  const ShimSessionEvents events_;

  std::shared_ptr<shim_client::Shim> shim_;
  // Counts the openings.
  int64_t session_ = 0;
  bool opening_ = false;
  // It was asked to end.
  bool ending_ = false;
  std::optional<shim::v1::Status> early_status_;
  bool status_known_ = false;
  int in_flight_ = 0;
};

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_SHIM_SESSION_H_
