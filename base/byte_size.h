// SPDX-License-Identifier: Apache-2.0
//
// Numbers of bytes as people write them: 512Mi, 1.5Gi.
//
// Pure functions, safe from any thread.

#ifndef BASE_BYTE_SIZE_H_
#define BASE_BYTE_SIZE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout {

// "512Mi", "1.5Gi", "200M", "4096": a number, and Ki, Mi, Gi, Ti (powers of
// 1024) or k, M, G, T (of 1000). InvalidArgument: anything else, and what does
// not fit into 63 bits.
absl::StatusOr<uint64_t> ParseByteSize(absl::string_view text);

// "512Mi", "1.5Gi", "17Ki": with at most one decimal.
std::string ByteSizeText(uint64_t bytes);

}  // namespace rollout

#endif  // BASE_BYTE_SIZE_H_
