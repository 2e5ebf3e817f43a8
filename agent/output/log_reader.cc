// SPDX-License-Identifier: Apache-2.0

#include "agent/output/log_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/output/output_files.h"
#include "base/status_macros.h"

namespace rollout::output {
namespace {

// The numbers of the last lines of `generation` in a file, `most` at most.
absl::StatusOr<std::deque<uint64_t>> LastLines(LineReader& reader,
                                               int64_t generation,
                                               uint64_t most) {
  std::deque<uint64_t> last;
  for (;;) {
    ASSIGN_OR_RETURN(std::optional<Line> line, reader.Next());
    if (!line) return last;
    if (generation != 0 && line->generation != generation) continue;
    last.push_back(line->sequence);
    if (last.size() > most) last.pop_front();
  }
}

}  // namespace

ino_t LogReader::LiveInode() const {
  struct stat found;
  const bool there = stat(LivePath(directory_).c_str(), &found) == 0;
  return there ? found.st_ino : 0;
}

absl::StatusOr<std::vector<int64_t>> LogReader::OpenAll() {
  // Before the list, which then has all that is older.
  ASSIGN_OR_RETURN(live_, OpenLive());
  ASSIGN_OR_RETURN(OutputFiles found, ListOutputFiles(files_, directory_));
  // Rotated meanwhile: it is listed, and perhaps one that came after it.
  if (live_ != nullptr && live_->inode() != LiveInode()) live_.reset();
  std::vector<int64_t> numbers;
  for (const auto& [number, file] : found.rotated) numbers.push_back(number);
  return numbers;
}

// Null: it has been removed. Compressed it is there before the plain one goes.
absl::StatusOr<std::unique_ptr<LineReader>> LogReader::OpenRotated(
    int64_t number) {
  auto opened = LineReader::OpenPlain(PlainPath(directory_, number));
  if (!absl::IsNotFound(opened.status())) return opened;
  opened = LineReader::OpenCompressed(CompressedPath(directory_, number));
  if (absl::IsNotFound(opened.status())) return nullptr;
  return opened;
}

absl::StatusOr<std::unique_ptr<LineReader>> LogReader::OpenLive() {
  auto opened = LineReader::OpenPlain(LivePath(directory_));
  if (absl::IsNotFound(opened.status())) return nullptr;
  return opened;
}

absl::Status LogReader::StartAtTail(uint64_t count, int64_t generation) {
  if (count > kMostTail) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", kMostTail, " lines are counted back"));
  }
  ASSIGN_OR_RETURN(std::vector<int64_t> numbers, OpenAll());
  std::unique_ptr<LineReader> reader = std::move(live_);
  for (;;) {
    if (reader != nullptr) {
      ASSIGN_OR_RETURN(std::deque<uint64_t> last,
                       LastLines(*reader, generation, count));
      if (!last.empty()) wanted_ = last.front();
      count -= last.size();
    }
    if (count == 0 || numbers.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(reader, OpenRotated(numbers.back()));
    numbers.pop_back();
  }
}

absl::Status LogReader::ReadNew(const OnLine& on_line) {
  for (;;) {
    if (live_ == nullptr) {
      RETURN_IF_ERROR(ReadFiles(on_line));
    } else {
      RETURN_IF_ERROR(ReadLines(false, on_line, live_.get()));
    }
    const ino_t now = LiveInode();
    if (now == (live_ == nullptr ? 0 : live_->inode())) {
      return absl::OkStatus();
    }
    // Rotated: what was written there since is found under its new name.
    live_.reset();
  }
}

absl::StatusOr<size_t> LogReader::FindWanted(
    const std::vector<int64_t>& numbers) {
  if (wanted_ == 0) return size_t{0};
  size_t begin = numbers.size();
  while (begin > 0) {
    --begin;
    ASSIGN_OR_RETURN(std::unique_ptr<LineReader> reader,
                     OpenRotated(numbers[begin]));
    if (reader == nullptr) continue;
    ASSIGN_OR_RETURN(std::optional<Line> first, reader->NextOfComplete());
    if (first && first->sequence <= wanted_) break;
  }
  return begin;
}

absl::Status LogReader::ReadFiles(const OnLine& on_line) {
  ASSIGN_OR_RETURN(std::vector<int64_t> numbers, OpenAll());
  ASSIGN_OR_RETURN(size_t next, FindWanted(numbers));
  while (next < numbers.size()) {
    ASSIGN_OR_RETURN(std::unique_ptr<LineReader> reader,
                     OpenRotated(numbers[next]));
    ++next;
    if (reader == nullptr) continue;
    // To the last one the shim may still write, unless there is a live file.
    const bool complete = next < numbers.size() || live_ != nullptr;
    RETURN_IF_ERROR(ReadLines(complete, on_line, reader.get()));
  }
  return live_ == nullptr ? absl::OkStatus()
                          : ReadLines(false, on_line, live_.get());
}

absl::Status LogReader::ReadLines(bool complete, const OnLine& on_line,
                                  LineReader* reader) {
  for (;;) {
    auto line = complete ? reader->NextOfComplete() : reader->Next();
    RETURN_IF_ERROR(line.status());
    if (!*line) return absl::OkStatus();
    RETURN_IF_ERROR(Give(**line, on_line));
  }
}

absl::Status LogReader::Give(const Line& line, const OnLine& on_line) {
  if (line.sequence < wanted_) return absl::OkStatus();
  const uint64_t lost = wanted_ == 0 ? 0 : line.sequence - wanted_;
  wanted_ = line.sequence + 1;
  return on_line(line, lost) ? absl::OkStatus()
                             : absl::CancelledError("nobody reads on");
}

}  // namespace rollout::output
