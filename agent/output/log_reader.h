// SPDX-License-Identifier: Apache-2.0
//
// What a service has written, over all its files, in order, each line once:
// while its shim writes and while the files are rotated, compressed and
// removed.

#ifndef AGENT_OUTPUT_LOG_READER_H_
#define AGENT_OUTPUT_LOG_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/output/line_reader.h"
#include "base/file_system.h"

namespace rollout::output {

// Blocks only for the disk. Memory is bounded. Not thread-safe.
class LogReader {
 public:
  // More lines than this are not counted back.
  static constexpr uint64_t kMostTail = 1'000'000;

  // Gets each line, and how many before it are missing. False: read no more.
  using OnLine = std::function<bool(const Line& line, uint64_t lost_before)>;

  // `files` must outlive this. `directory` is the service's.
  LogReader(FileSystem* files, std::string directory)
      : files_(*files), directory_(std::move(directory)) {}

  // Begins with the newest `count` lines of `generation` (0: of any) that are
  // there now. Before the first ReadNew. InvalidArgument: more than kMostTail.
  absl::Status StartAtTail(uint64_t count, int64_t generation);

  // Begins after the line of that number; what is missing since then is told.
  // Before the first ReadNew.
  void StartAfter(uint64_t sequence) { wanted_ = sequence + 1; }

  // Gives out what was not given out before. OK: all that is there.
  // Cancelled: on_line returned false.
  absl::Status ReadNew(const OnLine& on_line);

 private:
  // The rotated files, oldest first. Opens the live one, if that is what comes
  // after them.
  absl::StatusOr<std::vector<int64_t>> OpenAll();
  absl::StatusOr<std::unique_ptr<LineReader>> OpenRotated(int64_t number);
  absl::StatusOr<std::unique_ptr<LineReader>> OpenLive();
  // Reads the files that hold what is new.
  absl::Status ReadFiles(const OnLine& on_line);
  // The file of `numbers` to begin with, by its place there.
  absl::StatusOr<size_t> FindWanted(const std::vector<int64_t>& numbers);
  absl::Status ReadLines(bool complete, const OnLine& on_line,
                         LineReader* reader);
  absl::Status Give(const Line& line, const OnLine& on_line);
  // The inode of the live file; 0: there is none.
  ino_t LiveInode() const;

  FileSystem& files_;
  const std::string directory_;
  // The next line wanted; 0: the first that is there.
  uint64_t wanted_ = 0;
  // The live file as it was opened; null: there was none.
  std::unique_ptr<LineReader> live_;
};

}  // namespace rollout::output

#endif  // AGENT_OUTPUT_LOG_READER_H_
