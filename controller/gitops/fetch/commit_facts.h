// SPDX-License-Identifier: Apache-2.0
//
// Who made a commit, when, and what they called it.

#ifndef CONTROLLER_GITOPS_FETCH_COMMIT_FACTS_H_
#define CONTROLLER_GITOPS_FETCH_COMMIT_FACTS_H_

#include <git2.h>

#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// Sets commit, author, committed and subject. All of it may be anything in a
// commit; a time that no timestamp holds becomes the nearest one.
void SetCommitFacts(const git_commit& commit, FetchResult* result);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_COMMIT_FACTS_H_
