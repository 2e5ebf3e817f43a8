// SPDX-License-Identifier: Apache-2.0
//
// Whether a generation can be started beside those of its service that live:
// nobody shall be killed for want of memory because two were there at once.
//
// What may still be needed is added up and compared with what is to be had:
//
//   the new one           its limit; without one, the most that any of the
//                         others was seen to use
//   each that lives       what it may still grow by: its limit, or without one
//                         its peak, less what it uses now
//
// With a limit of 512 MiB for both, an old one that uses 300 and 600 available:
// 512 + (512 - 300) = 724 > 600, it does not fit; with 800 it does. A new one
// of which nothing is known (no limit, nothing measured yet) is not refused.
// What other services may still grow by is not counted.
//
// Pure: safe from any thread.

#ifndef AGENT_DECIDE_MEMORY_FIT_H_
#define AGENT_DECIDE_MEMORY_FIT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace rollout::agent {

// A generation that lives; bytes.
struct MemoryUse {
  int64_t generation = 0;
  // 0: it has none.
  uint64_t limit = 0;
  // 0: not measured yet.
  uint64_t peak = 0;
  uint64_t current = 0;
};

// What can still be had, in bytes, of `where`: "the host".
struct MemoryRoom {
  std::string where;
  uint64_t bytes = 0;
};

struct MemoryView {
  // Of the one to be started; 0: it has none.
  uint64_t limit = 0;
  std::vector<MemoryUse> living;
  // All of them must do.
  std::vector<MemoryRoom> rooms;
};

// Why it does not fit, with the numbers, in a sentence; empty: it does, or is
// alone.
std::string WhyNoMemoryFor(const MemoryView& view);

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_MEMORY_FIT_H_
