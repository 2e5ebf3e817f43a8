// SPDX-License-Identifier: Apache-2.0
//
// Keeps what one service writes from filling the disk: the file its shim
// appends to is renamed when it is large or old, compressed once the shim has
// left it, and removed when there are too many.
//
//   output.log --rename--> output.log.N --compress--> output.log.N.zst.new
//              --rename--> output.log.N.zst, remove output.log.N
//
// The shim sees the rename before its next line and begins a new file, so a
// file that is there again shows that the one before it is complete. Killed
// between any two steps, the next pass goes on where it was.

#ifndef AGENT_OUTPUT_ROTATION_H_
#define AGENT_OUTPUT_ROTATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/output/output_files.h"
#include "base/file_system.h"

namespace rollout::output {

struct RotationPolicy {
  // A file of so many bytes is rotated, and one that was begun so long ago.
  uint64_t size = uint64_t{64} << 20;
  absl::Duration every = absl::Hours(24);
  // Rotated files that are kept; at least 1.
  int keep = 7;
};

// Not thread-safe.
class Rotation {
 public:
  // `files` must outlive this. `directory` is the service's.
  Rotation(FileSystem* files, std::string directory)
      : files_(*files), directory_(std::move(directory)) {}

  // Does what is due. Blocks while it compresses. Nothing to rotate, no file,
  // no directory: OK. After an error what does not depend on it is done all the
  // same, and the next pass tries again; a compression not before a minute.
  absl::Status Pass(const RotationPolicy& policy, absl::Time now);

 private:
  absl::Status CleanUp(OutputFiles* found);
  absl::Status Rotate(const RotationPolicy& policy, absl::Time now,
                      OutputFiles* found);
  absl::Status Prune(const RotationPolicy& policy, OutputFiles* found);
  absl::Status Compress(const OutputFiles& found, absl::Time now);
  bool IsDue(const RotationPolicy& policy, const FileInfo& live,
             absl::Time now);

  FileSystem& files_;
  const std::string directory_;
  // Where the file system does not tell when the file was begun: since when it
  // has been seen.
  std::optional<absl::Time> seen_since_;
  // No compression before.
  absl::Time compress_after_ = absl::InfinitePast();
};

}  // namespace rollout::output

#endif  // AGENT_OUTPUT_ROTATION_H_
