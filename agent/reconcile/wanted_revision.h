// SPDX-License-Identifier: Apache-2.0
//
// What an assignment wants of a service, and how far each revision got: its
// artifact, its failures, whether it is tried again.
//
// Not thread-safe: belongs to the loop of the service.

#ifndef AGENT_RECONCILE_WANTED_REVISION_H_
#define AGENT_RECONCILE_WANTED_REVISION_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/decide/service_view.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout::agent {

struct WantedRevision {
  std::string revision;
  int64_t attempt = 0;
  int weight = 0;

  ArtifactState artifact = ArtifactState::kMissing;
  absl::Duration fetch_began;
  absl::Duration fetch_took;
  // Why the last tries brought nothing, where more of them may; empty: none
  // failed.
  std::string fetch_problem;
  int fetch_tries = 0;

  // Failures in a row, and the last one's words; empty: all is well.
  int failures = 0;
  std::string failure;
  // The generation that failed; 0: it never came to one.
  int64_t failed_generation = 0;
  // Failed for this attempt: not tried again.
  bool rejected = false;
  // The next try, on the monotonic clock.
  absl::Duration not_before;
  // There is no memory for it beside another generation.
  bool takes_turn = false;
};

class WantedRevisions {
 public:
  // Takes the place of what was wanted before. What is known of a revision is
  // kept, unless it has a new attempt or more weight: then its failures are
  // forgotten and it is tried afresh.
  void Assign(const v1::ServiceAssignment& assignment);

  // Null: not wanted.
  WantedRevision* Find(const std::string& revision);
  const WantedRevision* Find(const std::string& revision) const;

  // Another one than `revision` is wanted and was not given up.
  bool HasOther(const std::string& revision) const;

  const std::vector<WantedRevision>& all() const { return revisions_; }

 private:
  std::vector<WantedRevision> revisions_;
};

// `final`: not tried again for this attempt; otherwise after a delay.
void RecordFailure(const std::string& reason, int64_t generation, bool final,
                   absl::Duration now, WantedRevision* wanted);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_WANTED_REVISION_H_
