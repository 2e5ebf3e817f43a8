// SPDX-License-Identifier: Apache-2.0
//
// The operator's end of a live channel to a host, see ChannelMessage in
// proto/rollout/v1/channel.proto.

#ifndef ROLLOUTCTL_CHANNEL_CALL_H_
#define ROLLOUTCTL_CHANNEL_CALL_H_

#include "absl/status/status.h"
#include "proto/rollout/v1/channel.pb.h"

namespace rollout::ctl {

// One thread may read while another one writes; both block.
class ChannelCall {
 public:
  // As Cancel.
  virtual ~ChannelCall() = default;

  // False: the channel is over, Finish says why.
  virtual bool Read(v1::ChannelMessage* message) = 0;
  virtual bool Write(const v1::ChannelMessage& message) = 0;

  // How it ended: what the host or the controller says, OK when both ends have
  // said all. Waits for the end; nobody is reading or writing. Once.
  virtual absl::Status Finish() = 0;

  // Ends the channel. From any thread.
  virtual void Cancel() = 0;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CHANNEL_CALL_H_
