// SPDX-License-Identifier: Apache-2.0
//
// What a service says with sd_notify(3). Pure: safe from any thread.

#ifndef AGENT_SHIM_NOTIFY_MESSAGE_H_
#define AGENT_SHIM_NOTIFY_MESSAGE_H_

#include "absl/strings/string_view.h"

namespace rollout::shim {

// Whether one line of `datagram` is READY=1, exactly; anything may stand in the
// others. `cut`: the datagram was longer, so that its last line here is not
// known to be whole, and does not count.
bool SaysReady(absl::string_view datagram, bool cut);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_NOTIFY_MESSAGE_H_
