// SPDX-License-Identifier: Apache-2.0
//
// The port that operators and agents dial: both services on one gRPC server.

#ifndef CONTROLLER_API_API_SERVER_H_
#define CONTROLLER_API_API_SERVER_H_

#include <limits>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/host_port.h"
#include "base/transport_security.h"
#include "controller/fleet/fleet.h"
#include "controller/gitops/sources.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/hold_operations.h"
#include "controller/store/plan_operations.h"

namespace rollout::api {

// All must outlive the server, and be unable to call it any more when it is
// destroyed: close the store first.
struct ServerRooms {
  store::Catalog& catalog;
  store::History& history;
  store::PlanOperations& operations;
  store::HoldOperations& holds;
  gitops::Sources& sources;
  fleet::Fleet& fleet;
  const Clock& clock;
};

struct ServerOptions {
  // Port 0: the kernel chooses.
  HostPort listen;
  TransportSecurity security;
  // So many hosts of all plans together may be in change.
  int max_in_change = std::numeric_limits<int>::max();
  // Between two statuses of one watch.
  absl::Duration watch_interval = absl::Milliseconds(100);
  // Streams that say nothing at all are closed after this.
  absl::Duration hello_timeout = absl::Seconds(10);
  // An agent takes a channel within this, or the operator is told.
  absl::Duration take_timeout = absl::Seconds(10);
};

// Not thread-safe.
class ApiServer {
 public:
  // Listens and serves. InvalidArgument, FailedPrecondition, NotFound: the TLS
  // files or their lack. Unavailable: the address can't be had.
  static absl::StatusOr<std::unique_ptr<ApiServer>> Start(
      const ServerRooms& rooms, const ServerOptions& options);
  virtual ~ApiServer() = default;

  // Where it listens.
  virtual const HostPort& address() const = 0;

  // Ends every call and stream, waits for it, and serves no more. Needs the
  // store to work still: calls under way are carried out. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_API_SERVER_H_
