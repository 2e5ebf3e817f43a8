// SPDX-License-Identifier: Apache-2.0
//
// The lines of one output file, plain or compressed, one after the other.

#ifndef AGENT_OUTPUT_LINE_READER_H_
#define AGENT_OUTPUT_LINE_READER_H_

#include <sys/types.h>
#include <zstd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace rollout::output {

// "SEQ GENERATION TEXT", as the shim writes it.
struct Line {
  uint64_t sequence = 0;
  int64_t generation = 0;
  absl::string_view text;
};

// Nothing: it is no such line; a full disk cut it before its text.
std::optional<Line> ParseLine(absl::string_view line);

// Memory is a few buffers, whatever the file holds. Not thread-safe.
class LineReader {
 public:
  // Longer lines, of which a shim writes none, come in pieces.
  static constexpr size_t kLongestLine = 64 * 1024;

  // NotFound: there is no such file. Else as open(2) fails.
  static absl::StatusOr<std::unique_ptr<LineReader>> OpenPlain(
      const std::string& path);
  static absl::StatusOr<std::unique_ptr<LineReader>> OpenCompressed(
      const std::string& path);

  // The next line that is one; lines that are none are passed over. It is valid
  // until the next call. Nothing: there is none yet; of a file that grows, ask
  // again later. DataLoss: the file is damaged.
  absl::StatusOr<std::optional<Line>> Next();
  // The same at the end of a file that does not grow: the last line's break may
  // be missing.
  absl::StatusOr<std::optional<Line>> NextOfComplete();

  // Of the file.
  ino_t inode() const { return inode_; }

 private:
  struct FreeStream {
    void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
  };

  LineReader(UniqueFd file, std::string path, ino_t inode, bool compressed);
  static absl::StatusOr<std::unique_ptr<LineReader>> Open(
      const std::string& path, bool compressed);
  // Reads more. False: there is no more now.
  absl::StatusOr<bool> Fill();
  absl::StatusOr<size_t> ReadFile(char* buffer, size_t size);
  absl::StatusOr<size_t> Decompress(char* buffer, size_t size);
  absl::StatusOr<std::optional<Line>> Find(bool complete);

  const UniqueFd file_;
  const std::string path_;
  const ino_t inode_;
  // Null: the file is plain.
  std::unique_ptr<ZSTD_DCtx, FreeStream> stream_;
  // What the decompression has not taken.
  std::string packed_;
  size_t packed_taken_ = 0;
  // Read, and not given out from `begin_` on.
  std::string buffer_;
  size_t begin_ = 0;
};

}  // namespace rollout::output

#endif  // AGENT_OUTPUT_LINE_READER_H_
