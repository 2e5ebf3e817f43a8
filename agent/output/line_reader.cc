// SPDX-License-Identifier: Apache-2.0

#include "agent/output/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::output {
namespace {

constexpr size_t kReadBytes = 32 * 1024;

}  // namespace

std::optional<Line> ParseLine(absl::string_view line) {
  const size_t first = line.find(' ');
  if (first == line.npos) return std::nullopt;
  const size_t second = line.find(' ', first + 1);
  if (second == line.npos) return std::nullopt;
  Line parsed;
  if (!absl::SimpleAtoi(line.substr(0, first), &parsed.sequence) ||
      !absl::SimpleAtoi(line.substr(first + 1, second - first - 1),
                        &parsed.generation)) {
    return std::nullopt;
  }
  parsed.text = line.substr(second + 1);
  return parsed;
}

LineReader::LineReader(UniqueFd file, std::string path, ino_t inode,
                       bool compressed)
    : file_(std::move(file)),
      path_(std::move(path)),
      inode_(inode),
      stream_(compressed ? ZSTD_createDCtx() : nullptr) {}

absl::StatusOr<std::unique_ptr<LineReader>> LineReader::OpenPlain(
    const std::string& path) {
  return Open(path, false);
}

absl::StatusOr<std::unique_ptr<LineReader>> LineReader::OpenCompressed(
    const std::string& path) {
  return Open(path, true);
}

absl::StatusOr<std::unique_ptr<LineReader>> LineReader::Open(
    const std::string& path, bool compressed) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found;
  if (!file.valid() || fstat(file.get(), &found) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  }
  return std::unique_ptr<LineReader>(
      new LineReader(std::move(file), path, found.st_ino, compressed));
}

absl::StatusOr<std::optional<Line>> LineReader::Next() { return Find(false); }

absl::StatusOr<std::optional<Line>> LineReader::NextOfComplete() {
  return Find(true);
}

absl::StatusOr<std::optional<Line>> LineReader::Find(bool complete) {
  // How far there is no line break.
  size_t searched = begin_;
  for (;;) {
    size_t end = buffer_.find('\n', searched);
    bool whole = end != std::string::npos;
    if (!whole && buffer_.size() - begin_ < kLongestLine) {
      searched = buffer_.size() - begin_;
      ASSIGN_OR_RETURN(bool more, Fill());
      // Fill has moved what is left to the front.
      searched += begin_;
      if (more) continue;
      if (!complete || begin_ == buffer_.size()) return std::nullopt;
    }
    if (!whole) end = buffer_.size();
    absl::string_view text(buffer_.data() + begin_, end - begin_);
    begin_ = searched = end + (whole ? 1 : 0);
    if (std::optional<Line> line = ParseLine(text)) return line;
  }
}

absl::StatusOr<bool> LineReader::Fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t had = buffer_.size();
  buffer_.resize(had + kReadBytes);
  auto got = stream_ == nullptr ? ReadFile(&buffer_[had], kReadBytes)
                                : Decompress(&buffer_[had], kReadBytes);
  buffer_.resize(had + got.value_or(0));
  RETURN_IF_ERROR(got.status());
  return *got > 0;
}

absl::StatusOr<size_t> LineReader::ReadFile(char* buffer, size_t size) {
  for (;;) {
    ssize_t got = read(file_.get(), buffer, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path_));
    }
  }
}

absl::StatusOr<size_t> LineReader::Decompress(char* buffer, size_t size) {
  ZSTD_outBuffer out = {buffer, size, 0};
  for (;;) {
    ZSTD_inBuffer in = {packed_.data(), packed_.size(), packed_taken_};
    size_t result = ZSTD_decompressStream(stream_.get(), &out, &in);
    packed_taken_ = in.pos;
    if (ZSTD_isError(result)) {
      return absl::DataLossError(
          absl::StrCat(path_, " is damaged: ", ZSTD_getErrorName(result)));
    }
    if (out.pos > 0) return out.pos;
    packed_.resize(kReadBytes);
    packed_taken_ = 0;
    auto got = ReadFile(packed_.data(), packed_.size());
    packed_.resize(got.value_or(0));
    RETURN_IF_ERROR(got.status());
    if (*got == 0) return size_t{0};
  }
}

}  // namespace rollout::output
