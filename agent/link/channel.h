// SPDX-License-Identifier: Apache-2.0
//
// The agent's end of a live channel to an operator, see ChannelMessage in
// proto/rollout/v1/channel.proto. It changes nothing on the host.

#ifndef AGENT_LINK_CHANNEL_H_
#define AGENT_LINK_CHANNEL_H_

#include "absl/status/status.h"
#include "proto/rollout/v1/channel.pb.h"

namespace rollout::link {

// One thread may read while another one writes. Blocking, but for Cancel.
class Channel {
 public:
  // As Cancel.
  virtual ~Channel() = default;

  // Dials the controller and takes the channel. Once, before anything else.
  virtual void Take() = 0;

  // False: the channel is over.
  virtual bool Read(v1::ChannelMessage* message) = 0;
  // Returns when the stream takes more. False: the channel is over.
  virtual bool Write(const v1::ChannelMessage& message) = 0;

  // Says that the channel ends, and why. As Write.
  void End(const absl::Status& why);

  // Reads what still comes, until the controller has ended the channel; no
  // thread is reading or writing.
  virtual void AwaitEnd() = 0;

  // Reads and writes, now and later, fail soon. From any thread.
  virtual void Cancel() = 0;
};

}  // namespace rollout::link

#endif  // AGENT_LINK_CHANNEL_H_
