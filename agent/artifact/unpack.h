// SPDX-License-Identifier: Apache-2.0
//
// Unpacks a tar archive that nobody has to trust.

#ifndef AGENT_ARTIFACT_UNPACK_H_
#define AGENT_ARTIFACT_UNPACK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace rollout::artifact {

struct UnpackLimits {
  // Files, directories and links.
  uint64_t max_entries = 200'000;
  // Of all files together, as they are read.
  uint64_t max_bytes = uint64_t{32} << 30;
};

// Unpacks the archive in `archive_fd` (borrowed; read from where it stands),
// plain or compressed with gzip or zstd, into the empty directory
// `directory`. Owners, set-user-id bits and extended attributes are left out;
// times are kept.
//
// InvalidArgument: no such archive, damaged, beyond the limits, or with
// something in it that is not a file, directory or link, or that leads out of
// `directory`. ResourceExhausted: the disk is full. After an error the
// directory holds something half-done.
absl::Status UnpackTar(int archive_fd, const std::string& directory,
                       const UnpackLimits& limits);

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_UNPACK_H_
