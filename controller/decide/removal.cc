// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/removal.h"

namespace rollout::decide {

RemovalDecision DecideRemoval(const RemovalView& view) {
  RemovalDecision decision;
  decision.finished = true;
  for (size_t i = 0; i < view.hosts.size(); ++i) {
    const RemovingHost& host = view.hosts[i];
    const bool is_over = !view.stop || host.ended;
    if (is_over && host.assigned) decision.release.push_back(i);
    if (host.assigned || (view.stop && host.has_it && !host.ended)) {
      decision.finished = false;
    }
  }
  return decision;
}

HostWhy WhyNotRemoved(const RemovalView& view, const RemovingHost& host) {
  if (!view.stop || host.ended) return {};
  if (!host.connected) {
    return {"Disconnected",
            "it is told to end the service when it comes back; a host that "
            "never does is given up by a delete without --stop"};
  }
  if (!host.takes_removals) {
    return {"AgentTooOld",
            "its agent knows no removals and goes on with the service: update "
            "it"};
  }
  return {"Removing", "it ends the service, as the plan says under drain"};
}

}  // namespace rollout::decide
