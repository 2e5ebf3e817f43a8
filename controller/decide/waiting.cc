// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/waiting.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "controller/decide/canary.h"
#include "controller/decide/host_state.h"
#include "controller/decide/view.h"

namespace rollout::decide {
namespace {

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

std::string HostsAre(int count) {
  return count == 1 ? "1 host is" : absl::StrCat(count, " hosts are");
}

int InChange(const Classified& hosts) {
  return std::count_if(hosts.states.begin(), hosts.states.end(),
                       [](const HostState& state) { return state.in_change; });
}

// Has its turn before it, or another one: it failed and has a try left.
bool IsAhead(const HostView& host, const Target& target) {
  return !IsAskedFor(host, target) || MayBeAskedAgain(host, target.retries);
}

// Would get more of the weight.
bool IsKeptAtItsShare(const HostView& host, const Course& course) {
  return host.hold == Hold::kFrozen && IsShared(host) &&
         host.assigned.back().weight < course.weight;
}

// The hosts that have their turn before them.
struct Ahead {
  int cordoned = 0;
  int frozen = 0;
  int free = 0;
  // The first one of each; null: none.
  const HostView* first_cordoned = nullptr;
  const HostView* first_frozen = nullptr;
};

Ahead FindAhead(const Classified& hosts, const Target& target) {
  Ahead ahead;
  const Course course = CourseOf(hosts.plan);
  for (const HostView& host : hosts.plan.hosts) {
    if (!IsAhead(host, target) && !IsKeptAtItsShare(host, course)) continue;
    if (host.hold == Hold::kCordoned) {
      if (ahead.cordoned++ == 0) ahead.first_cordoned = &host;
    } else if (host.hold == Hold::kFrozen) {
      if (ahead.frozen++ == 0) ahead.first_frozen = &host;
    } else {
      ++ahead.free;
    }
  }
  return ahead;
}

Waiting ForFrozen(const Ahead& ahead) {
  return {"Frozen",
          absl::StrCat(HostsAre(ahead.frozen), " frozen, ",
                       ahead.first_frozen->name, " among them (",
                       ahead.first_frozen->hold_message,
                       "): the rollout goes on when they are unfrozen")};
}

Waiting ForCordoned(const Ahead& ahead) {
  return {"HostsCordoned",
          absl::StrCat("all hosts it could go on with are cordoned, ",
                       ahead.first_cordoned->name, " among them (",
                       ahead.first_cordoned->hold_message,
                       "): uncordon one, or have another one join")};
}

Waiting ForUnavailable(const Classified& hosts, const HostView& first) {
  int unavailable = 0;
  for (const HostState& state : hosts.states) unavailable += state.unavailable;
  return {"HostsUnavailable",
          absl::StrCat(HostsAre(unavailable), " out of service, ", first.name,
                       first.lease_over ? " (disconnected)" : "",
                       " among them: bring them back or raise maxUnavailable")};
}

}  // namespace

bool AnyMoves(const Classified& hosts) {
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    const HostView& host = hosts.plan.hosts[i];
    if (hosts.states[i].in_change && !(host.settled && IsShared(host))) {
      return true;
    }
  }
  return false;
}

Waiting WhatItWaitsFor(const Classified& hosts, const Target& target) {
  if (AnyMoves(hosts)) return {};
  if (hosts.plan.hosts.empty()) {
    return {"NoHosts",
            "no host has the labels the plan selects: the rollout begins when "
            "one joins"};
  }
  const Ahead ahead = FindAhead(hosts, target);
  const HostView* unavailable = FirstUnavailable(hosts, target);
  // Of what holds it back, what alone would do so.
  if (ahead.frozen > 0 && ahead.free == 0) return ForFrozen(ahead);
  if (unavailable != nullptr) return ForUnavailable(hosts, *unavailable);
  const FleetView& fleet = hosts.plan.fleet;
  if (ahead.free > 0 && InChange(hosts) >= fleet.room()) {
    return {"FleetLimit",
            absl::StrCat("other plans change ", fleet.in_change_elsewhere,
                         " hosts, and ", fleet.limit,
                         " may be in change in the whole fleet "
                         "(maxHostsInChange): it goes on when one of them is "
                         "there")};
  }
  if (ahead.frozen > 0) return ForFrozen(ahead);
  if (ahead.cordoned > 0 && ahead.free == 0) return ForCordoned(ahead);
  return {};
}

}  // namespace rollout::decide
