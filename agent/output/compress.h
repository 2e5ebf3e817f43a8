// SPDX-License-Identifier: Apache-2.0
//
// A file compressed with zstd.

#ifndef AGENT_OUTPUT_COMPRESS_H_
#define AGENT_OUTPUT_COMPRESS_H_

#include <string>

#include "absl/status/status.h"

namespace rollout::output {

// Writes `from`, compressed, to `to`, which may be there and is replaced; on
// disk when this returns OK. Memory is bounded. After an error `to` is removed.
// Blocks; safe from any thread. Errors as of open(2), read(2) and write(2).
absl::Status CompressFile(const std::string& from, const std::string& to);

}  // namespace rollout::output

#endif  // AGENT_OUTPUT_COMPRESS_H_
