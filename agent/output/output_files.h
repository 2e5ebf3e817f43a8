// SPDX-License-Identifier: Apache-2.0
//
// The files that hold what a service wrote, in its directory, oldest first:
//
//   output.log.3.zst   rotated and compressed
//   output.log.4       rotated
//   output.log         what its shim appends to
//
// See docs/formats/output.md.

#ifndef AGENT_OUTPUT_OUTPUT_FILES_H_
#define AGENT_OUTPUT_OUTPUT_FILES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"

namespace rollout::output {

// One that was rotated. It may be there twice, until the plain one is removed.
struct RotatedFile {
  bool plain = false;
  bool compressed = false;
};

struct OutputFiles {
  // By number, which grows with every rotation.
  std::map<int64_t, RotatedFile> rotated;
  // Paths of what an interrupted compression left.
  std::vector<std::string> leftovers;
};

std::string LivePath(absl::string_view directory);
std::string PlainPath(absl::string_view directory, int64_t number);
std::string CompressedPath(absl::string_view directory, int64_t number);
// While it is being written.
std::string UnfinishedPath(absl::string_view directory, int64_t number);

// A listing is no snapshot: of a directory that is large and changes meanwhile,
// it may show neither the plain file, which goes, nor the compressed one, which
// comes. Numbers grow by one, so what it passed over is looked for next to what
// it shows. Everything else in the directory is passed over. NotFound: there is
// no such directory.
absl::StatusOr<OutputFiles> ListOutputFiles(FileSystem& files,
                                            const std::string& directory);

}  // namespace rollout::output

#endif  // AGENT_OUTPUT_OUTPUT_FILES_H_
