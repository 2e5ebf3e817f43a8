// SPDX-License-Identifier: Apache-2.0
//
// What an agent says first, checked. Pure, safe from any thread.

#ifndef CONTROLLER_API_HELLO_H_
#define CONTROLLER_API_HELLO_H_

#include "absl/status/status.h"
#include "proto/rollout/v1/agent_service.pb.h"

namespace rollout::api {

// InvalidArgument: the host's name, address or labels can't be what a plan
// works with; says which and what is right.
absl::Status CheckHello(const v1::Hello& hello);

}  // namespace rollout::api

#endif  // CONTROLLER_API_HELLO_H_
