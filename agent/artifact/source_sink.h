// SPDX-License-Identifier: Apache-2.0
//
// Where the bytes of an artifact go as they come.

#ifndef AGENT_ARTIFACT_SOURCE_SINK_H_
#define AGENT_ARTIFACT_SOURCE_SINK_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rollout::artifact {

// Called on the thread that reads. An error ends the reading, and the reader
// returns it.
class SourceSink {
 public:
  virtual ~SourceSink() = default;

  // Once, before all bytes. `size` is what the source says, if it says.
  virtual absl::Status Begin(std::optional<uint64_t> size) = 0;

  // The next bytes.
  virtual absl::Status Append(absl::string_view bytes) = 0;
};

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_SOURCE_SINK_H_
