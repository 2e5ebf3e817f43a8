// SPDX-License-Identifier: Apache-2.0
//
// Which of two assignments is the newer one. A controller that was displaced
// goes on speaking until it hears of it, and a network may deliver late.

#ifndef AGENT_DECIDE_ASSIGNMENT_ORDER_H_
#define AGENT_DECIDE_ASSIGNMENT_ORDER_H_

#include <cstdint>

namespace rollout::agent {

struct AssignmentNumber {
  // Of the controller.
  uint64_t epoch = 0;
  // Within it.
  uint64_t serial = 0;
};

// `told` came before `seen`, whenever it arrives. The same one twice is no
// harm.
inline bool IsOutdated(const AssignmentNumber& told,
                       const AssignmentNumber& seen) {
  if (told.epoch != seen.epoch) return told.epoch < seen.epoch;
  return told.serial < seen.serial;
}

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_ASSIGNMENT_ORDER_H_
