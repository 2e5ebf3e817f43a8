// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/departure.h"

namespace rollout::shim {
namespace {

// Whether a client that the kernel leads to any listener but `closed` ends at
// one that serves: at once, or when the leaving ones hand on their queues.
bool AnyOtherWillDo(const std::vector<DepartureMember>& members, size_t closed,
                    bool queues_move) {
  bool somebody_serves = false;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i == closed) continue;
    somebody_serves |= members[i].serving;
    bool hands_on = members[i].leaving && queues_move;
    if (!members[i].serving && !hands_on) return false;
  }
  return somebody_serves;
}

bool MayClose(const std::vector<DepartureMember>& members, size_t place,
              bool queues_move) {
  bool others_will_do = AnyOtherWillDo(members, place, queues_move);
  if (members[place].has_queue && !(queues_move && others_will_do)) {
    return false;
  }
  size_t last = members.size() - 1;
  bool serving_one_moves = place != last && members[last].serving;
  return !serving_one_moves || others_will_do;
}

}  // namespace

std::optional<size_t> NextToClose(const std::vector<DepartureMember>& members,
                                  bool queues_move) {
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].leaving && MayClose(members, i, queues_move)) return i;
  }
  return std::nullopt;
}

}  // namespace rollout::shim
