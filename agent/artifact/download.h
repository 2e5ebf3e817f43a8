// SPDX-License-Identifier: Apache-2.0
//
// Brings an artifact into a file and proves that it is the one that was named.

#ifndef AGENT_ARTIFACT_DOWNLOAD_H_
#define AGENT_ARTIFACT_DOWNLOAD_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "agent/artifact/http_source.h"
#include "base/unique_fd.h"

namespace rollout::artifact {

struct DownloadSettings {
  HttpSettings http;
  // A bigger artifact is refused.
  uint64_t max_bytes = uint64_t{8} << 30;
  // Asked as bytes come, if set: true ends the transfer.
  std::function<bool()> cancelled;
};

// Writes what `url` names to the new file `path` and returns it open for
// reading, at its start. The caller removes the file, also after an error.
//
// DataLoss: its SHA-256 is not `sha256`. ResourceExhausted: the disk is full;
// tells how much is needed. InvalidArgument: too big. Cancelled. Else as
// ReadSource.
absl::StatusOr<UniqueFd> Download(const std::string& url,
                                  const std::string& sha256,
                                  const std::string& path,
                                  const DownloadSettings& settings);

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_DOWNLOAD_H_
