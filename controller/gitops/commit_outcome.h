// SPDX-License-Identifier: Apache-2.0
//
// What became of a source's newest commit: refused, or applied, and then how
// its rollouts went.
//
// Pure, safe from any thread.

#ifndef CONTROLLER_GITOPS_COMMIT_OUTCOME_H_
#define CONTROLLER_GITOPS_COMMIT_OUTCOME_H_

#include <optional>
#include <string>
#include <vector>

#include "controller/gitops/commit_status.h"
#include "controller/gitops/plan_sync.h"
#include "controller/store/record.pb.h"

namespace rollout::gitops {

// `plans` are the source's. Nullopt: no commit has been read yet.
std::optional<CommitStatus> OutcomeOf(const std::string& source,
                                      const store::SourceRecord& record,
                                      const std::vector<PlanInStore>& plans);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_COMMIT_OUTCOME_H_
