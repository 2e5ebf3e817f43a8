// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/memory_fit.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rollout::agent {
namespace {

std::string Mebibytes(uint64_t bytes) {
  return absl::StrFormat("%.1f MiB", static_cast<double>(bytes) / (1 << 20));
}

// What it may come to use.
uint64_t Bound(const MemoryUse& use) {
  return use.limit > 0 ? use.limit : use.peak;
}

uint64_t Growth(const MemoryUse& use) {
  return Bound(use) - std::min(Bound(use), use.current);
}

}  // namespace

std::string WhyNoMemoryFor(const MemoryView& view) {
  if (view.living.empty()) return "";
  uint64_t needed = view.limit;
  if (needed == 0) {
    for (const MemoryUse& use : view.living) {
      needed = std::max(needed, use.peak);
    }
  }
  if (needed == 0) return "";
  std::string what =
      absl::StrCat("it may need ", Mebibytes(needed),
                   view.limit > 0 ? " (its limits.memory)"
                                  : " (the peak of the one before it)");
  for (const MemoryUse& use : view.living) {
    if (Growth(use) == 0) continue;
    needed += Growth(use);
    absl::StrAppend(&what, ", generation ", use.generation, " another ",
                    Mebibytes(Growth(use)), " (uses ", Mebibytes(use.current),
                    use.limit > 0 ? " of its limit " : ", its peak was ",
                    Mebibytes(Bound(use)), ")");
  }
  for (const MemoryRoom& room : view.rooms) {
    if (needed <= room.bytes) continue;
    return absl::StrCat(
        "it does not fit into memory beside the generation that lives: ", what,
        "; together ", Mebibytes(needed), ", but ", room.where, " has ",
        Mebibytes(room.bytes),
        " to give: free memory there, or set limits.memory to what the service "
        "needs");
  }
  return "";
}

}  // namespace rollout::agent
