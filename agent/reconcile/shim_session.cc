// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/shim_session.h"

#include <utility>

#include "absl/time/time.h"
#include "base/log.h"

namespace rollout::agent {
namespace {

constexpr absl::Duration kReopenAfter = absl::Seconds(1);

}  // namespace

ShimSession::ShimSession(std::string service, shim_client::ShimHost* host,
                         EventLoop* loop, EventLoop* worker,
                         ShimSessionEvents events)
    : service_(std::move(service)),
      host_(*host),
      loop_(*loop),
      worker_(*worker),
      events_(std::move(events)) {}

void ShimSession::Open() {
  ending_ = false;
  if (opening_ || shim_ != nullptr) return;
  opening_ = true;
  const int64_t session = ++session_;
  shim_client::ShimEvents events;
  events.on_status = [this, session](shim::v1::Status status) {
    loop_.Post([this, session, status = std::move(status)] {
      OnStatus(session, status);
    });
  };
  events.on_lost = [this, session](absl::Status why) {
    loop_.Post([this, session, why] { OnLost(session, why); });
  };
  worker_.Post([this, session, events = std::move(events)] {
    absl::StatusOr<std::shared_ptr<shim_client::Shim>> shim =
        host_.Open(service_, events);
    loop_.Post([this, session, shim = std::move(shim)]() mutable {
      OnOpened(session, std::move(shim));
    });
  });
}

void ShimSession::Shutdown(std::function<void(const absl::Status&)> done) {
  ending_ = true;
  shim::v1::Request request;
  request.mutable_shutdown();
  Send(std::move(request), std::move(done));
}

void ShimSession::OnOpened(
    int64_t session, absl::StatusOr<std::shared_ptr<shim_client::Shim>> shim) {
  opening_ = false;
  if (!shim.ok()) {
    OnLost(session, shim.status());
  } else if (session == session_) {
    shim_ = *std::move(shim);
    // A status may have come before the connection was handed over.
    if (early_status_) OnStatus(session, *std::exchange(early_status_, {}));
  } else {
    worker_.Post([late = *std::move(shim)] {});
  }
}

void ShimSession::OnStatus(int64_t session, shim::v1::Status status) {
  if (session != session_) return;
  if (shim_ == nullptr) {
    early_status_ = std::move(status);
    return;
  }
  status_known_ = true;
  events_.on_status(std::move(status));
}

void ShimSession::OnLost(int64_t session, const absl::Status& why) {
  if (session != session_) return;
  const bool was_connected = shim_ != nullptr;
  // Its thread may be the one that told us; the worker waits for it.
  worker_.Post([shim = std::move(shim_)] {});
  shim_ = nullptr;
  early_status_.reset();
  status_known_ = false;
  in_flight_ = 0;
  ++session_;
  if (ending_) return events_.on_lost(why);
  if (was_connected) {
    LogWarning("service ", service_, ": shim: ", why.message());
    return Open();
  }
  events_.on_lost(why);
  loop_.PostAfter(kReopenAfter, [this] {
    if (!ending_) Open();
  });
}

void ShimSession::Send(shim::v1::Request request,
                       std::function<void(const absl::Status&)> done) {
  if (shim_ == nullptr) {
    loop_.Post([done = std::move(done)] {
      done(absl::UnavailableError("the shim is not connected"));
    });
    return;
  }
  ++in_flight_;
  const int64_t session = session_;
  shim_->Send(std::move(request),
              [this, session, done = std::move(done)](absl::Status status) {
                loop_.Post([this, session, status, done] {
                  if (session == session_) --in_flight_;
                  done(status);
                });
              });
}

}  // namespace rollout::agent
