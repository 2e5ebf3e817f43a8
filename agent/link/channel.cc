// SPDX-License-Identifier: Apache-2.0

#include "agent/link/channel.h"

#include "base/utf8.h"

namespace rollout::link {

void Channel::End(const absl::Status& why) {
  v1::ChannelMessage message;
  message.mutable_end()->set_code(static_cast<int>(why.code()));
  message.mutable_end()->set_message(ToUtf8(why.message()));
  Write(message);
}

}  // namespace rollout::link
