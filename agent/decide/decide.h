// SPDX-License-Identifier: Apache-2.0
//
// Decides what a host does next for one service: a snapshot in, at most one
// kind of change out. Pure: no clock, no I/O; safe from any thread.
//
// The rules, first match wins:
//   1. A generation that can't serve is given up: it exited by itself, was not
//      ready in time, has a problem the shim names, or turned unhealthy while
//      one older than it could take its clients.
//   2. New connections go where the assignment says once all who shall get
//      some are able; until then they stay; when one who has some is dead or
//      given up, or nobody has any, they go to one that is able.
//   3. What nothing is left of, and no client can reach, is forgotten.
//   4. What is not wanted, was given up or has a successor of its own
//      revision is drained, if it has no weight.
//   5. What is wanted and not there is fetched, then started.
// Nothing that serves is ended before another serves in its place, so a
// service is never without a generation because of a decision.

#ifndef AGENT_DECIDE_DECIDE_H_
#define AGENT_DECIDE_DECIDE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/decide/service_view.h"

namespace rollout::agent {

// A generation given up.
struct Failure {
  int64_t generation = 0;
  std::string revision;
  int64_t attempt = 0;
  std::string reason;
  // Another generation has the clients or can take them: this attempt is over.
  // Otherwise the revision is started again, after a delay.
  bool final = false;
};

// At most one of the lists is filled.
struct Decision {
  std::vector<Failure> failures;
  std::optional<Weights> weights;
  std::vector<int64_t> forget;
  std::vector<int64_t> drain;
  std::vector<std::string> fetch;  // revisions
  std::vector<std::string> start;  // revisions
  // When a decision could come out differently by time alone.
  absl::Duration wake_after = absl::InfiniteDuration();
};

Decision Decide(const ServiceView& service);

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_DECIDE_H_
