// SPDX-License-Identifier: Apache-2.0
//
// What the generations write: from each one's FIFO, line by line, to the
// service's output file, numbered so that a gap shows:
//
//   SEQ GENERATION TEXT
//
// Whoever rotates the file renames it, to PATH.N, the largest N last; a new one
// is begun at the old name, and the numbers go on.

#ifndef AGENT_SHIM_OUTPUT_H_
#define AGENT_SHIM_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/shim/epoll_loop.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// Not thread-safe.
class OutputFile {
 public:
  // Where lines go from now on; numbering goes on after the last line that is
  // there, or in the file that was rotated last. As open(2) fails; then they go
  // where they went before.
  absl::Status Open(const std::string& path);

  // Appends lines of `generation`; `text` holds whole lines without the last
  // line break. What can't be written is counted.
  void Append(uint64_t generation, absl::string_view text);

  uint64_t lost_lines() const { return lost_lines_; }

 private:
  static absl::StatusOr<UniqueFd> OpenFile(const std::string& path);
  void Reopen();
  bool WasRotated() const;
  // The last write there ended within a line.
  bool EndsInALine() const;
  // Number of the last line in the file; 0: there is none.
  static uint64_t LastNumberIn(int file);
  uint64_t ReadLastNumber() const;

  std::string path_;
  UniqueFd file_;
  uint64_t next_number_ = 1;
  uint64_t lost_lines_ = 0;
  // The new file could not be opened, and that was said.
  bool stuck_ = false;
  // The last write ended within a line.
  bool torn_ = false;
};

// A generation's FIFO. It holds the reading end and a writing one, so neither
// side ever sees the other gone.
class OutputPipe {
 public:
  // Lines longer than this are cut in several.
  static constexpr size_t kMaxLine = 16 * 1024;

  // Makes the FIFO at `path`, owned by `uid` and `gid`, and reads it until
  // destroyed. `loop` and `file` must outlive it. As mkfifo(3) fails.
  static absl::StatusOr<std::unique_ptr<OutputPipe>> Create(
      const std::string& path, uint32_t uid, uint32_t gid, uint64_t generation,
      EpollLoop& loop, OutputFile& file);
  // Takes what is still in it.
  ~OutputPipe();
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;

  // Whose the lines are from now on.
  void set_generation(uint64_t generation) { generation_ = generation; }

  // A descriptor of its own for the service, open for both directions.
  absl::StatusOr<UniqueFd> OpenForService() const;

 private:
  OutputPipe(const std::string& path, UniqueFd fifo, uint64_t generation,
             EpollLoop& loop, OutputFile& file);
  // Reads when there is something to read.
  absl::Status Await();
  void OnReadable();
  // How much there was; 0: the FIFO is empty.
  size_t ReadOnce();
  void PassLines();

  const std::string path_;
  const UniqueFd fifo_;
  uint64_t generation_;
  EpollLoop& loop_;
  OutputFile& file_;
  // Read, and without a line break so far.
  std::string partial_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_OUTPUT_H_
