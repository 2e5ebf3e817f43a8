// SPDX-License-Identifier: Apache-2.0
//
// Makes files, directories and links below one directory, and nothing outside
// of it, whatever the names it is given: no name is ever looked up through a
// symbolic link.

#ifndef AGENT_ARTIFACT_TREE_WRITER_H_
#define AGENT_ARTIFACT_TREE_WRITER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace rollout::artifact {

// Paths are relative to the root; "./" in front is fine. Missing directories
// on the way are made. A path that exists and is not a directory is replaced,
// as tar(1) does. Not thread-safe.
//
// InvalidArgument: an absolute path, "..", a path through a symbolic link or
// a file, one of more than 2048 bytes. Else the disk's errors.
class TreeWriter {
 public:
  // An existing directory that nobody else writes to.
  static absl::StatusOr<TreeWriter> Open(const std::string& root);

  absl::Status MakeDirectory(absl::string_view path);

  // Returns the new file, open for writing.
  absl::StatusOr<UniqueFd> MakeFile(absl::string_view path, bool executable);

  // `target` is taken as it is: CheckSymlinks judges it.
  absl::Status MakeSymlink(absl::string_view path, const std::string& target);

  // `target` is a file made before.
  absl::Status MakeHardLink(absl::string_view path, absl::string_view target);

  // After the last change. InvalidArgument: a symbolic link leads outside,
  // directly or by way of others.
  absl::Status CheckSymlinks() const;

 private:
  // A name and the directory it is in. No name: the root itself.
  struct Place {
    UniqueFd directory;
    std::string name;
  };

  explicit TreeWriter(UniqueFd root) : root_(std::move(root)) {}
  absl::StatusOr<Place> Find(absl::string_view path) const;
  // Find, and what is there is removed. Not for the root.
  absl::StatusOr<Place> MakeRoom(absl::string_view path) const;

  UniqueFd root_;
  std::vector<std::string> symlinks_;
};

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_TREE_WRITER_H_
