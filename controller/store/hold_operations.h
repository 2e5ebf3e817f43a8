// SPDX-License-Identifier: Apache-2.0
//
// What operators say of hosts: nothing new begins there (cordon, freeze), and
// the opposite. Each is one transaction; the engine sees the change in the
// catalog and acts on it.

#ifndef CONTROLLER_STORE_HOLD_OPERATIONS_H_
#define CONTROLLER_STORE_HOLD_OPERATIONS_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "base/clock.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/store.h"
#include "proto/rollout/v1/event.pb.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::store {

// Safe from any thread; never blocks. Each `done` is called exactly once, on
// the store's thread or, when nothing had to be written, on the caller's.
//
// Errors of all: FailedPrecondition (it is so already; says by whom, and why),
// Aborted (somebody else was faster), Unavailable (the store).
class HoldOperations {
 public:
  using Done = std::function<void(absl::Status status)>;

  // All must outlive this and every `done`.
  HoldOperations(Catalog& catalog, History& history, const Clock& clock)
      : catalog_(catalog), history_(history), clock_(clock) {}

  // NotFound: no host of that name has ever connected.
  void Cordon(const std::string& host, v1::Cause cause, Done done);
  void Uncordon(const std::string& host, v1::Cause cause, Done done);

  // No labels: every host. What two freezes hold goes on when both are gone.
  // InvalidArgument: a label that no host can have.
  void Freeze(v1::HostSelector hosts, v1::Cause cause, Done done);
  // The one with just these labels.
  void Unfreeze(v1::HostSelector hosts, v1::Cause cause, Done done);

 private:
  void Commit(Transaction transaction, v1::Event event, Done done);

  Catalog& catalog_;
  History& history_;
  const Clock& clock_;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_HOLD_OPERATIONS_H_
