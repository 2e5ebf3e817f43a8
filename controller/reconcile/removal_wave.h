// SPDX-License-Identifier: Apache-2.0
//
// What a plan's removal takes out of the store, cut into transactions: first
// the assignments of hosts it is done with, at the end all that is left, the
// plan with it. Wherever a controller stops in between, the next one goes on.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_RECONCILE_REMOVAL_WAVE_H_
#define CONTROLLER_RECONCILE_REMOVAL_WAVE_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "controller/reconcile/wave.h"
#include "controller/store/catalog.h"
#include "controller/view/host_facts.h"

namespace rollout::reconcile {

// Empty parts: there is somebody to wait for. One pass after the other makes
// them, each when what the one before took out is gone.
Wave MakeRemovalWave(const store::Catalog& catalog,
                     const store::PlanState& state,
                     const std::map<std::string, view::HostFacts>& hosts,
                     absl::Time now);

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_REMOVAL_WAVE_H_
