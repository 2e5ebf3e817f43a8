// SPDX-License-Identifier: Apache-2.0
//
// File trees that are made once, never changed, and removed whole.

#ifndef AGENT_ARTIFACT_SEALED_TREE_H_
#define AGENT_ARTIFACT_SEALED_TREE_H_

#include <string>

#include "absl/status/status.h"

namespace rollout::artifact {

// Makes `path`, or takes the directory that is there, and lets everybody in,
// whatever our umask: services run as other users. Mode 0755.
absl::Status MakeOpenDirectory(const std::string& path);

// Writes `path`, a file or a directory with all in it, to the disk for good
// and makes it read-only: directories and programs 0555, other files 0444.
absl::Status SealTree(const std::string& path);

// Removes `path`, sealed or not; one that does not exist is fine.
absl::Status RemoveTree(const std::string& path);

// Writes the directory's own entries to the disk for good.
absl::Status SyncDirectory(const std::string& path);

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_SEALED_TREE_H_
