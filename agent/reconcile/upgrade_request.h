// SPDX-License-Identifier: Apache-2.0
//
// Makes of a start one that the service does itself (handover signal), if the
// generation before it can.

#ifndef AGENT_RECONCILE_UPGRADE_REQUEST_H_
#define AGENT_RECONCILE_UPGRADE_REQUEST_H_

#include "absl/status/status.h"
#include "agent/reconcile/start_request.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::agent {

// NameMainProcess sets where the number of the main process is to be found, of
// a program that starts as a daemon, too.
//
// `fresh` is the request that was built of `start`, `old` that of the
// generation that runs: what the service keeps of it must be the same in both.
// FailedPrecondition: it is not; names the field. InvalidArgument: a template
// is wrong on this host.
absl::Status NameMainProcess(const v1::HostInfo& host, const Start& start,
                             shim::v1::StartRequest* request);
absl::Status TurnIntoUpgrade(const Start& start,
                             const shim::v1::StartRequest& old,
                             shim::v1::StartRequest* fresh);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_UPGRADE_REQUEST_H_
