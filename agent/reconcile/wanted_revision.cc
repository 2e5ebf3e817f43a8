// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/wanted_revision.h"

#include <algorithm>
#include <utility>

#include "agent/decide/restart_policy.h"

namespace rollout::agent {

void WantedRevisions::Assign(const v1::ServiceAssignment& assignment) {
  std::vector<WantedRevision> revisions;
  for (const v1::WeightedRevision& weighted : assignment.revisions()) {
    WantedRevision wanted;
    const int weight = static_cast<int>(weighted.weight());
    if (const WantedRevision* known = Find(weighted.revision())) {
      wanted = *known;
      if (weighted.attempt() != known->attempt || weight > known->weight) {
        wanted.failures = 0;
        wanted.failure.clear();
        wanted.failed_generation = 0;
        wanted.rejected = false;
        wanted.fetch_problem.clear();
        wanted.fetch_tries = 0;
        wanted.not_before = absl::ZeroDuration();
      }
    }
    wanted.revision = weighted.revision();
    wanted.attempt = weighted.attempt();
    wanted.weight = weight;
    revisions.push_back(std::move(wanted));
  }
  revisions_ = std::move(revisions);
}

WantedRevision* WantedRevisions::Find(const std::string& revision) {
  for (WantedRevision& wanted : revisions_) {
    if (wanted.revision == revision) return &wanted;
  }
  return nullptr;
}

const WantedRevision* WantedRevisions::Find(const std::string& revision) const {
  return const_cast<WantedRevisions*>(this)->Find(revision);
}

bool WantedRevisions::HasOther(const std::string& revision) const {
  return std::any_of(revisions_.begin(), revisions_.end(),
                     [&](const WantedRevision& other) {
                       return other.revision != revision && !other.rejected;
                     });
}

void RecordFailure(const std::string& reason, int64_t generation, bool final,
                   absl::Duration now, WantedRevision* wanted) {
  ++wanted->failures;
  wanted->failure = reason;
  wanted->failed_generation = generation;
  wanted->rejected = final;
  wanted->not_before = now + RestartDelay(wanted->failures);
}

}  // namespace rollout::agent
