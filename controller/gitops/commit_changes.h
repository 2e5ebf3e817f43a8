// SPDX-License-Identifier: Apache-2.0
//
// What a good commit changes: its plans against those there are.
//
// A plan is applied when the repository says something else of it than it did
// before: what an operator, or a rollback, has made of it meanwhile is no
// reason. So a commit to one plan leaves the others as they are, and a revision
// that failed is not tried again until a commit changes it.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_GITOPS_COMMIT_CHANGES_H_
#define CONTROLLER_GITOPS_COMMIT_CHANGES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/gitops/sync_policy.h"
#include "controller/manifest/manifest.h"
#include "controller/store/plan_operations.h"
#include "controller/store/record.pb.h"
#include "proto/rollout/v1/source.pb.h"

namespace rollout::gitops {

// A plan as it is stored.
struct StoredPlan {
  store::PlanRecord record;
  // The newest rollout to what its source declares has failed.
  bool declared_failed = false;
};

// What the plans of a commit are laid against.
struct Surroundings {
  // All there are, by name.
  std::map<std::string, StoredPlan> plans;
  // Those configured, this one too.
  std::set<std::string> sources;
};

// Whose commit it is, and by what it is taken.
struct CommitSource {
  std::string name;
  SyncPolicy policy;
};

struct CommitChanges {
  // In the order of the commit.
  std::vector<store::NamedSpec> applied;
  // Plans from this source that the commit has no more and that nobody has
  // deleted yet, by name.
  std::vector<std::string> removed;
  // "FILE:LINE:COLUMN: what is wrong, and what to do".
  std::vector<std::string> errors;
};

// `plans` are those of `commit`, each named once.
CommitChanges ChangesOf(const CommitSource& source, const v1::Commit& commit,
                        const std::vector<manifest::ParsedPlan>& plans,
                        const Surroundings& surroundings);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_COMMIT_CHANGES_H_
