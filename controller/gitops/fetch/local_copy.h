// SPDX-License-Identifier: Apache-2.0
//
// The bare repository that a branch is fetched into, and its successor where it
// is missing, broken or crowded:
//
//   DIRECTORY        always of a fetch that came to its end
//   DIRECTORY.next   one that is being made from nothing; takes its place
//
// Every fetch adds a pack, every note that is made here loose objects, and what
// a force push left behind is never removed: so a copy whose packs are many, or
// mostly no part of the first, or with many loose objects, is crowded.

#ifndef CONTROLLER_GITOPS_FETCH_LOCAL_COPY_H_
#define CONTROLLER_GITOPS_FETCH_LOCAL_COPY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "controller/gitops/fetch/git_handle.h"

namespace rollout::gitops {

// The only reference there is in a copy.
inline constexpr char kHeadReference[] = "refs/rollout/head";

// Not thread-safe.
class LocalCopy {
 public:
  // Takes what is at `directory` unless it is missing, no repository or
  // crowded; then an empty one beside it.
  static absl::StatusOr<LocalCopy> Open(const std::string& directory,
                                        FileSystem& files);
  // An empty one beside what there is.
  static absl::StatusOr<LocalCopy> MakeAnew(const std::string& directory,
                                            FileSystem& files);

  git_repository* repository() const { return repository_.get(); }
  bool is_new() const { return is_new_; }

  // The fetch has come to its end: a new one takes its place.
  absl::Status Keep(FileSystem& files);
  // A new one is not needed.
  absl::Status Discard(FileSystem& files);

 private:
  LocalCopy(std::string directory, GitRepository repository, bool is_new);

  std::string directory_;
  GitRepository repository_;
  bool is_new_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_LOCAL_COPY_H_
