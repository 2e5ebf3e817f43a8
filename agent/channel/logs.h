// SPDX-License-Identifier: Apache-2.0
//
// The host's end of a channel that shows what a service writes.

#ifndef AGENT_CHANNEL_LOGS_H_
#define AGENT_CHANNEL_LOGS_H_

#include <string>

#include "absl/status/status.h"
#include "agent/link/channel.h"
#include "base/file_system.h"
#include "proto/rollout/v1/channel.pb.h"

namespace rollout::channel {

// Sends the lines that `target` asks for, from the files in the service's
// `directory`, and returns when there are no more or the channel is over.
// Blocks, one thread more; memory is bounded, and an operator who does not read
// holds nothing up but this. An error is what the operator is to be told.
absl::Status SendLogs(FileSystem& files, const std::string& directory,
                      const v1::LogTarget& target, link::Channel& channel);

}  // namespace rollout::channel

#endif  // AGENT_CHANNEL_LOGS_H_
