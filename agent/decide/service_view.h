// SPDX-License-Identifier: Apache-2.0
//
// One service of a host at one moment, as far as a decision needs to know it.
// Plain values: made anew for every pass, owned by whoever makes them.

#ifndef AGENT_DECIDE_SERVICE_VIEW_H_
#define AGENT_DECIDE_SERVICE_VIEW_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace rollout::agent {

// Shares of new connections by generation number, in thousandths. Generations
// that get none are not in it.
using Weights = std::map<int64_t, int>;

// What one generation is and does now.
struct GenerationView {
  int64_t number = 0;
  std::string revision;
  int64_t attempt = 0;
  int weight = 0;
  bool alive = false;       // its main process runs
  bool gone = false;        // no process of it is left
  bool ended = false;       // nor a client in its queue
  bool draining = false;    // it was asked to leave, and may have left
  bool listens = false;     // every endpoint has a listener
  bool ready = false;       // its probe passes
  bool unhealthy = false;   // its liveness probe fails
  bool overspent = false;   // more answers of a probe fail of late than may
  bool has_served = false;  // clients have reached it at some time
  bool failed = false;      // a pass before this one gave it up
  bool exclusive = false;   // must not run beside another
  // Asked for, by a service that upgrades itself, and seen with no client yet.
  bool awaited = false;
  // Takes clients while it has no weight, and can't be told not to.
  bool restless = false;
  absl::Duration age;  // since exec
  // Why it can't become ready, or how it ended; empty: nothing known.
  std::string problem;
};

enum class ArtifactState { kMissing, kFetching, kPresent };

// What shall be alive.
struct RevisionView {
  std::string revision;
  int64_t attempt = 0;
  int weight = 0;
  ArtifactState artifact = ArtifactState::kMissing;
  // It failed for this attempt and is not tried again.
  bool rejected = false;
  // Must not run beside another generation.
  bool exclusive = false;
  // Its predecessor starts it, and it has clients from its first moment.
  bool by_upgrade = false;
  // Until the next start or fetch may be tried; zero: now.
  absl::Duration start_delay;
  absl::Duration startup_timeout;
};

struct ServiceView {
  std::vector<RevisionView> revisions;  // in the order of the assignment
  // By number, ascending.
  std::vector<GenerationView> generations;
  // Nobody gets new connections: they wait for whom the next weights name.
  bool holding = false;
};

// Could take clients now.
inline bool IsAble(const GenerationView& generation) {
  return generation.alive && generation.listens && generation.ready &&
         !generation.draining && !generation.failed;
}

// Counts as the one generation its revision may have.
inline bool IsLive(const GenerationView& generation) {
  return generation.alive && !generation.draining && !generation.failed;
}

// Null: not wanted.
const RevisionView* FindRevision(const ServiceView& service,
                                 const std::string& revision);

// The newest generation of `revision` that could take clients; null: none.
const GenerationView* AbleOf(const ServiceView& service,
                             const std::string& revision);

bool HasLive(const ServiceView& service, const std::string& revision);

// Another revision is wanted and was not given up.
bool HasAlternative(const ServiceView& service, const std::string& revision);

Weights CurrentWeights(const ServiceView& service);

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_SERVICE_VIEW_H_
