// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/surroundings.h"

#include "absl/strings/str_cat.h"

namespace rollout::agent {

std::string ServiceDirectory(const Surroundings& around,
                             const std::string& service) {
  return absl::StrCat(around.state_directory, "/services/", service);
}

}  // namespace rollout::agent
