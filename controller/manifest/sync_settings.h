// SPDX-License-Identifier: Apache-2.0
//
// How a source is followed, as far as somebody has said so.

#ifndef CONTROLLER_MANIFEST_SYNC_SETTINGS_H_
#define CONTROLLER_MANIFEST_SYNC_SETTINGS_H_

#include <optional>

namespace rollout::manifest {

// What is done without being asked. Nullopt: not said, so that somebody else
// may say it.
struct SyncSettings {
  // A plan that an operator changed is made as the repository has it.
  std::optional<bool> self_heal;
  // A plan that is no longer in the repository is deleted. Its services go on.
  std::optional<bool> prune;
  // A commit without any plan is taken for what is meant.
  std::optional<bool> allow_empty;
};

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_SYNC_SETTINGS_H_
