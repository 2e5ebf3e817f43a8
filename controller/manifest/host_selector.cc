// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/host_selector.h"

namespace rollout::manifest {

bool Selects(const v1::HostSelector& selector, const v1::HostInfo& host) {
  for (const auto& [name, value] : selector.match_labels()) {
    auto label = host.labels().find(name);
    if (label == host.labels().end() || label->second != value) return false;
  }
  return true;
}

}  // namespace rollout::manifest
