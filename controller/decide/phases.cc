// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/phases.h"

namespace rollout::decide {

bool MayFollow(Phase from, Phase to) {
  switch (from) {
    case Phase::kProgressing:
      return to == Phase::kComplete || to == Phase::kRollingBack ||
             to == Phase::kFailed || to == Phase::kSuperseded;
    case Phase::kRollingBack:
      return to == Phase::kRolledBack || to == Phase::kAborted ||
             to == Phase::kFailed || to == Phase::kSuperseded;
    default:
      return false;
  }
}

bool IsOver(Phase phase) {
  return phase != Phase::kProgressing && phase != Phase::kRollingBack;
}

}  // namespace rollout::decide
