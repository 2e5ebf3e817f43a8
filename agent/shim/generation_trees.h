// SPDX-License-Identifier: Apache-2.0
//
// Which processes each generation has. The kernel's list of its control group
// tells them at once, but not one that has left the group (a container's, one
// of a new login session); a walk over /proc finds that, too, and takes about
// 10 us for each process of the host.

#ifndef AGENT_SHIM_GENERATION_TREES_H_
#define AGENT_SHIM_GENERATION_TREES_H_

#include <sys/types.h>

#include <optional>
#include <vector>

#include "agent/shim/generation.h"
#include "agent/shim/proc_fs.h"

namespace rollout::shim {

// Not thread-safe.
class GenerationTrees {
 public:
  // `generations` must outlive this. `keeper`: the process that is given what
  // a shim before this one was the parent of; 0: none.
  GenerationTrees(const Generations& generations, pid_t keeper)
      : generations_(generations), keeper_(keeper) {}

  pid_t keeper() const { return keeper_; }

  // The processes of `generation` that live. Empty means that there is none:
  // what has left its group and lost its parents is found. Of the others that
  // have left it, only those of a generation that `has_escapes`.
  std::vector<ProcessEntry> Of(const Generation& generation) const;

  // All of them: a walk.
  std::vector<ProcessEntry> Walk(const Generation& generation) const;

  // Whether there may be more than Of() tells.
  bool MayHaveEscapes(const Generation& generation) const;

  // Whether `process` is one of them.
  bool Owns(const Generation& generation, pid_t process) const;

  // SIGKILL to all of `tree`, as one of these has told it, and to what its
  // group holds besides.
  static void Kill(const Generation& generation,
                   const std::vector<ProcessEntry>& tree);

 private:
  std::optional<std::vector<ProcessEntry>> ByGroup(
      const Generation& generation) const;

  // Of this process and of its keeper; dead ones may be among them.
  std::optional<std::vector<pid_t>> Children() const;

  const Generations& generations_;
  const pid_t keeper_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_GENERATION_TREES_H_
