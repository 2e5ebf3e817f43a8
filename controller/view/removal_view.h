// SPDX-License-Identifier: Apache-2.0
//
// From records and facts to the values decide/removal.h works with.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_VIEW_REMOVAL_VIEW_H_
#define CONTROLLER_VIEW_REMOVAL_VIEW_H_

#include <map>
#include <string>
#include <vector>

#include "controller/decide/removal.h"
#include "controller/store/record.pb.h"
#include "controller/view/host_facts.h"

namespace rollout::view {

// Of a plan that is being removed; its hosts by name.
decide::RemovalView MakeRemovalView(
    const store::PlanRecord& plan,
    const std::vector<store::AssignmentRecord>& assignments,
    const std::map<std::string, HostFacts>& hosts);

}  // namespace rollout::view

#endif  // CONTROLLER_VIEW_REMOVAL_VIEW_H_
