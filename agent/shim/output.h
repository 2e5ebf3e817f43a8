// SPDX-License-Identifier: Apache-2.0
//
// What the generations write: from each one's FIFO, line by line, to the
// service's output file, numbered so that a gap shows:
//
//   SEQ GENERATION TEXT
//
// Whoever rotates the file renames it, to PATH.N, the largest N last; a new one
// is begun at the old name, and the numbers go on.
//
// What a FIFO gives is moved to a stage, a file in memory, by one system call,
// and taken from there when its lines are in the output file. So whenever the
// shim is killed, the next one finds each byte in the FIFO or in the stage, and
// knows by its ledger which of them the file has.

#ifndef AGENT_SHIM_OUTPUT_H_
#define AGENT_SHIM_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/kept_memory.h"
#include "agent/shim/saved_descriptor.h"
#include "base/unique_fd.h"
#include "proto/shim/v1/saved_state.pb.h"

namespace rollout::shim {

// Not thread-safe.
class OutputFile {
 public:
  OutputFile() : OutputFile(own_) {}
  // Keeps account in `ledger`, which must outlive it.
  explicit OutputFile(OutputLedger& ledger) : ledger_(ledger) {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // For a successor with another ledger; and what a predecessor had. Where the
  // ledger is his, it counts.
  v1::SavedOutput Save() const;
  void Resume(const v1::SavedOutput& saved, LeftDescriptors& left);

  // Where lines go from now on; numbering goes on after the last line that is
  // there, or in the file that was rotated last. As open(2) fails; then they go
  // where they went before.
  absl::Status Open(const std::string& path);

  // Appends lines of `generation`; `text` holds whole lines without the last
  // line break. What can't be written is counted.
  void Append(uint64_t generation, absl::string_view text);

  // The same of what is in bytes [from, to) of the generation's stage; call
  // Settle() when the stage knows.
  void AppendFrom(uint64_t generation, absl::string_view text, uint64_t from,
                  uint64_t to);
  void Settle();
  // Whether a predecessor was lost in between; how much of the stage that was.
  bool IsUnsettled(uint64_t generation, uint64_t* from, uint64_t* to) const;
  // Writes what is missing of that text; call Settle() as above.
  void AppendRest(absl::string_view text);

  uint64_t lost_lines() const { return ledger_.lost_lines; }

 private:
  void Write(absl::string_view text, uint64_t already);
  static absl::StatusOr<UniqueFd> OpenFile(const std::string& path);
  void Reopen();
  bool WasRotated() const;
  // The last write there ended within a line.
  bool EndsInALine() const;
  // Number of the last line in the file; 0: there is none.
  static uint64_t LastNumberIn(int file);
  uint64_t ReadLastNumber() const;

  void Hold(UniqueFd file);

  OutputLedger own_;
  OutputLedger& ledger_;
  std::string path_;
  UniqueFd file_;
  // The new file could not be opened, and that was said.
  bool stuck_ = false;
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
  // One that a predecessor has left.
  static absl::StatusOr<std::unique_ptr<OutputPipe>> Resume(
      const std::string& path, UniqueFd fifo, UniqueFd stage,
      uint64_t generation, EpollLoop& loop, OutputFile& file);
  // Takes what is still in it.
  ~OutputPipe();
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;

  // Whose the lines are from now on.
  void set_generation(uint64_t generation) { generation_ = generation; }

  // A descriptor of its own for the service, open for both directions.
  absl::StatusOr<UniqueFd> OpenForService() const;

  // Borrowed.
  int fifo() const { return fifo_.get(); }
  int stage() const { return stage_.get(); }

 private:
  OutputPipe(const std::string& path, UniqueFd fifo, UniqueFd stage,
             uint64_t generation, EpollLoop& loop, OutputFile& file);
  // Reads when there is something to read.
  absl::Status Await();
  void OnReadable();
  // How much there was; 0: the FIFO is empty.
  size_t ReadOnce();
  // Takes in what the stage has from `end_` on.
  void ReadStage(uint64_t size);
  void PassLines();
  // All before `done` is in the output file.
  void Settle(uint64_t done);
  void GoOn();

  const std::string path_;
  const UniqueFd fifo_;
  uint64_t generation_;
  EpollLoop& loop_;
  OutputFile& file_;
  const UniqueFd stage_;
  // The stage's bytes [done_, end_): without a line break so far.
  std::string partial_;
  uint64_t done_ = 0;
  uint64_t end_ = 0;
  // Those before it take no memory any more.
  uint64_t freed_ = 0;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_OUTPUT_H_
