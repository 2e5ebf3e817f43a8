// SPDX-License-Identifier: Apache-2.0
//
// Which processes each generation has: by the kernel's list of its control
// group where that tells all of them, else by a walk over /proc, which takes
// about 10 us for each process of the host.

#ifndef AGENT_SHIM_GENERATION_TREES_H_
#define AGENT_SHIM_GENERATION_TREES_H_

#include <sys/types.h>

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "agent/shim/generation.h"
#include "agent/shim/proc_fs.h"

namespace rollout::shim {

// Not thread-safe.
class GenerationTrees {
 public:
  // `generations` must outlive this.
  explicit GenerationTrees(const Generations& generations)
      : generations_(generations) {}

  // The processes of `generation` that live.
  std::vector<ProcessEntry> Of(const Generation& generation) const;
  // Whether `process` is one of them.
  bool Owns(const Generation& generation, pid_t process) const;

  // Whether a process of the generation has left its group (a container's, one
  // of a new login session), so that the group does not tell all of them. A
  // walk over /proc. What leaves later is found when its parent has died.
  bool HasEscapes(const Generation& generation) const;

  // SIGKILL to all of `tree`, as Of() has told it.
  static void Kill(const Generation& generation,
                   const std::vector<ProcessEntry>& tree);

 private:
  std::optional<std::vector<ProcessEntry>> ByGroup(
      const Generation& generation) const;
  std::vector<ProcessEntry> ByDescent(const Generation& generation) const;

  const Generations& generations_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_GENERATION_TREES_H_
