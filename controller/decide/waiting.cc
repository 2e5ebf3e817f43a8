// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/waiting.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "controller/decide/host_state.h"
#include "controller/decide/view.h"

namespace rollout::decide {
namespace {

// One that shares its connections as it shall is in change and stands still.
bool AnyMoves(const Classified& hosts) {
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    const HostView& host = hosts.plan.hosts[i];
    if (hosts.states[i].in_change && !(host.settled && IsShared(host))) {
      return true;
    }
  }
  return false;
}

// The first one out of service that the rollout did not put there itself; null:
// none.
const HostView* FirstUnavailable(const Classified& hosts,
                                 const Target& target) {
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    const HostView& host = hosts.plan.hosts[i];
    // One that got there and was lost has not failed.
    const bool lost = host.settled && host.lease_over;
    if (!hosts.states[i].unavailable) continue;
    if (lost || !IsAssigned(host, target.revision)) return &host;
  }
  return nullptr;
}

}  // namespace

Waiting WhatItWaitsFor(const Classified& hosts, const Target& target) {
  if (AnyMoves(hosts)) return {};
  if (hosts.plan.hosts.empty()) {
    return {"NoHosts",
            "no host has the labels the plan selects: the rollout begins when "
            "one joins"};
  }
  const HostView* host = FirstUnavailable(hosts, target);
  if (host == nullptr) return {};
  int unavailable = 0;
  for (const HostState& state : hosts.states) unavailable += state.unavailable;
  return {"HostsUnavailable",
          absl::StrCat(unavailable, " hosts are out of service, ", host->name,
                       host->lease_over ? " (disconnected)" : "",
                       " among them: bring them back or raise maxUnavailable")};
}

}  // namespace rollout::decide
