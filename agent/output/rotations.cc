// SPDX-License-Identifier: Apache-2.0

#include "agent/output/rotations.h"

#include <utility>

#include "base/log.h"

namespace rollout::output {

Rotations::Rotations(FileSystem* files, const Clock* clock,
                     absl::Duration interval)
    : files_(*files), clock_(*clock), interval_(interval) {
  loop_.PostAfter(interval_, [this] { Pass(); });
}

void Rotations::Keep(const std::string& directory,
                     const RotationPolicy& policy) {
  loop_.Post([this, directory, policy] {
    auto [kept, added] = kept_.try_emplace(
        directory, Kept{Rotation(&files_, directory), policy, ""});
    kept->second.policy = policy;
  });
}

void Rotations::Pass() {
  for (auto& [directory, kept] : kept_) {
    absl::Status done = kept.rotation.Pass(kept.policy, clock_.Now());
    std::string trouble(done.message());
    if (!done.ok() && trouble != kept.last_trouble) {
      LogError("output in ", directory,
               " is not rotated as it should be: ", trouble,
               "; services go on, it is tried again");
    }
    kept.last_trouble = std::move(trouble);
  }
  loop_.PostAfter(interval_, [this] { Pass(); });
}

}  // namespace rollout::output
