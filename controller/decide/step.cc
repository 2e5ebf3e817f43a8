// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/step.h"

namespace rollout::decide {

WeightedRevision Weigh(const HostView& host, const std::string& revision,
                       int weight, const Target& target) {
  for (const WeightedRevision& assigned : host.assigned) {
    if (assigned.revision == revision && IsLive(host, revision)) {
      return {revision, weight, assigned.attempt};
    }
  }
  return {revision, weight, target.attempt};
}

}  // namespace rollout::decide
