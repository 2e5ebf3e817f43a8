// SPDX-License-Identifier: Apache-2.0
//
// libgit2 as rollout-fetch has it: no settings of a user or of the machine, and
// no more address space than a small program has.

#ifndef CONTROLLER_GITOPS_FETCH_GIT_LIBRARY_H_
#define CONTROLLER_GITOPS_FETCH_GIT_LIBRARY_H_

namespace rollout::gitops {

// One at a time; libgit2 is used only while it is there.
class GitLibrary {
 public:
  GitLibrary();
  ~GitLibrary();
  GitLibrary(const GitLibrary&) = delete;
  GitLibrary& operator=(const GitLibrary&) = delete;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_GIT_LIBRARY_H_
