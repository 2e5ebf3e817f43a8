// SPDX-License-Identifier: Apache-2.0
//
// The one place where our statuses become gRPC's. The codes are the same.

#ifndef CONTROLLER_API_GRPC_STATUS_H_
#define CONTROLLER_API_GRPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace rollout::api {

// A message too long for a trailer is cut, and says so. Any thread.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace rollout::api

#endif  // CONTROLLER_API_GRPC_STATUS_H_
