// SPDX-License-Identifier: Apache-2.0
//
// Which listener of a group may be closed now without harm to a client.
//
// Two facts of the kernel decide (KERNEL.md): when a listener leaves, the last
// one moves into its place while the program still has the old places; and a
// closed listener's queue moves to any of the others, whatever the program says
// (with net.ipv4.tcp_migrate_req=1), or is reset (without).
//
// Pure: values in, a choice out.

#ifndef AGENT_SHIM_DEPARTURE_H_
#define AGENT_SHIM_DEPARTURE_H_

#include <cstddef>
#include <optional>
#include <vector>

namespace rollout::shim {

// One listener of a group, in the kernel's order.
struct DepartureMember {
  // Its generation is over: it is to be closed.
  bool leaving = false;
  // The program leads clients to it. Never so while it is leaving.
  bool serving = false;
  // Connections wait in its accept queue.
  bool has_queue = false;
};

// The place of a leaving listener that may be closed now, or none. The caller
// closes it, attaches a program for the new order, and asks again.
//
// Three listeners, "+" leaving, "S" serving, "d" dark:
//   + S d   place 0: d moves there, S stays where the program has it.
//   + d S   none: S would move to 0, the program's 2 would be out of range, and
//           the kernel would choose among S and d by hash.
//   + S     place 0: S moves, but by hash there is only S.
//   + + S   place 0, if queues move: what the second + gets by hash moves on
//           to S when it is closed next.
std::optional<size_t> NextToClose(const std::vector<DepartureMember>& members,
                                  bool queues_move);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_DEPARTURE_H_
