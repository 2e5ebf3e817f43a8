// SPDX-License-Identifier: Apache-2.0
//
// The catalog, as the sync of a source looks at it.
//
// Pure functions of the catalog: safe from any thread.

#ifndef CONTROLLER_GITOPS_PLANS_IN_STORE_H_
#define CONTROLLER_GITOPS_PLANS_IN_STORE_H_

#include <set>
#include <string>
#include <vector>

#include "controller/gitops/commit_changes.h"
#include "controller/gitops/plan_sync.h"
#include "controller/store/catalog.h"

namespace rollout::gitops {

PlanInStore ReadPlan(const store::Catalog& catalog, const std::string& name);

// Those the source declares, or did and that are there still; by name.
std::vector<PlanInStore> PlansOf(const std::string& source,
                                 const store::Catalog& catalog);

// What was looked up for this artifact when the plan took it on; empty: the
// source has declared another one since, or none.
std::string KnownDigest(const store::Catalog& catalog,
                        const std::string& source, const std::string& plan,
                        const v1::Artifact& artifact);

// What a commit is laid against. `sources`: all that are configured.
Surroundings ReadSurroundings(const store::Catalog& catalog,
                              std::set<std::string> sources);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_PLANS_IN_STORE_H_
