// SPDX-License-Identifier: Apache-2.0
//
// Tar archives that no decent program makes. Pure.

#ifndef TESTS_FUZZ_HOSTILE_TAR_H_
#define TESTS_FUZZ_HOSTILE_TAR_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace rollout::fuzz {

// An archive of `lines`, each an entry: its type (f: file, d: directory, l:
// symbolic link, h: hard link, c, b: device, p: FIFO), a space, its name, and
// after a tab its content or target. What tar can't hold is left out.
std::string MakeTar(absl::string_view lines);

// A sparse file (GNU's old format) that says it has `size` bytes and holds
// `content` at `offset`.
std::string MakeSparseTar(absl::string_view name, uint64_t size,
                          uint64_t offset, absl::string_view content);

// `tar` with the check sum of whatever looks like a header made right.
std::string WithCheckSums(std::string tar);

}  // namespace rollout::fuzz

#endif  // TESTS_FUZZ_HOSTILE_TAR_H_
