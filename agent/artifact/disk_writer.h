// SPDX-License-Identifier: Apache-2.0
//
// Writing all of some bytes to a file, with errors that tell what a full disk
// needs.

#ifndef AGENT_ARTIFACT_DISK_WRITER_H_
#define AGENT_ARTIFACT_DISK_WRITER_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rollout::artifact {

// `error` is errno after writing to `path` failed. A full disk:
// ResourceExhausted, with the `needed` bytes and those that are free.
absl::Status WriteError(int error, const std::string& path, uint64_t needed);

// Writes all of `bytes` at `offset`. `path` and `needed` are for the error.
absl::Status WriteAllAt(int fd, absl::string_view bytes, off_t offset,
                        const std::string& path, uint64_t needed);

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_DISK_WRITER_H_
