// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/output.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr size_t kReadSize = 64 * 1024;
// What is read is a line alone, or the first of many: a server that writes one
// for each request would wake this thread for each of them. So the next ones
// are left to gather, for no longer than nobody minds;
constexpr uint64_t kGatherNs = 2'000'000;
// not where that much was there at once: who writes so fast shall find room.
constexpr size_t kPlenty = 4 * 1024;
// Room for a line of the longest kind, its numbers included.
constexpr off_t kTailSize = 2 * OutputPipe::kMaxLine;

// PATH.N with the largest N; empty: there is none.
std::string NewestRotated(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string prefix = path.substr(slash + 1) + ".";
  std::unique_ptr<DIR, int (*)(DIR*)> directory(
      opendir(path.substr(0, slash + 1).c_str()), closedir);
  uint64_t newest = 0;
  while (directory != nullptr) {
    const dirent* entry = readdir(directory.get());
    if (entry == nullptr) break;
    absl::string_view name = entry->d_name;
    uint64_t number;
    if (absl::ConsumePrefix(&name, prefix) && absl::SimpleAtoi(name, &number)) {
      newest = std::max(newest, number);
    }
  }
  return newest == 0 ? "" : absl::StrCat(path, ".", newest);
}

}  // namespace

absl::Status OutputFile::Open(const std::string& path) {
  if (path == path_ && file_.valid()) return absl::OkStatus();
  ASSIGN_OR_RETURN(file_, OpenFile(path));
  path_ = path;
  torn_ = EndsInALine();
  next_number_ = std::max(next_number_, ReadLastNumber() + 1);
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> OutputFile::OpenFile(const std::string& path) {
  UniqueFd file(
      open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (file.valid()) return file;
  return absl::ErrnoToStatus(errno,
                             absl::StrCat("cannot open output file ", path));
}

void OutputFile::Reopen() {
  absl::StatusOr<UniqueFd> file = OpenFile(path_);
  if (file.ok()) {
    file_ = *std::move(file);
    torn_ = false;
  } else if (!stuck_) {
    // Lines still go to the old one, whatever it is called now.
    LogError(file.status().message());
  }
  stuck_ = !file.ok();
}

bool OutputFile::WasRotated() const {
  struct stat named, held;
  return !file_.valid() || stat(path_.c_str(), &named) != 0 ||
         fstat(file_.get(), &held) != 0 || named.st_ino != held.st_ino ||
         named.st_dev != held.st_dev;
}

bool OutputFile::EndsInALine() const {
  off_t end = lseek(file_.get(), 0, SEEK_END);
  char last = '\n';
  return end > 0 && pread(file_.get(), &last, 1, end - 1) == 1 && last != '\n';
}

uint64_t OutputFile::ReadLastNumber() const {
  uint64_t last = LastNumberIn(file_.get());
  if (last > 0) return last;
  // Nothing was written since the rotation.
  const std::string rotated = NewestRotated(path_);
  UniqueFd file(open(rotated.c_str(), O_RDONLY | O_CLOEXEC));
  return file.valid() ? LastNumberIn(file.get()) : 0;
}

uint64_t OutputFile::LastNumberIn(int file) {
  off_t end = lseek(file, 0, SEEK_END);
  std::string tail(kTailSize, '\0');
  ssize_t size = pread(file, tail.data(), tail.size(),
                       std::max<off_t>(0, end - kTailSize));
  tail.resize(std::max<ssize_t>(0, size));
  uint64_t last = 0;
  std::vector<absl::string_view> lines = absl::StrSplit(tail, '\n');
  for (absl::string_view line : lines) {
    uint64_t number;
    const size_t space = line.find(' ');
    if (space != line.npos &&
        absl::SimpleAtoi(line.substr(0, space), &number)) {
      last = number;
    }
  }
  return last;
}

void OutputFile::Append(uint64_t generation, absl::string_view text) {
  if (WasRotated()) Reopen();
  std::string lines = torn_ ? "\n" : "";
  uint64_t count = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&lines, next_number_++, " ", generation, " ", line, "\n");
    ++count;
  }
  ssize_t written = write(file_.get(), lines.data(), lines.size());
  if (written == static_cast<ssize_t>(lines.size())) {
    torn_ = false;
    return;
  }
  // Disk full: what did get there ends somewhere in a line.
  absl::string_view kept(lines.data(), std::max<ssize_t>(0, written));
  uint64_t whole = std::count(kept.begin(), kept.end(), '\n');
  if (torn_ && whole > 0) --whole;
  lost_lines_ += count - whole;
  if (!kept.empty()) torn_ = kept.back() != '\n';
}

absl::StatusOr<std::unique_ptr<OutputPipe>> OutputPipe::Create(
    const std::string& path, uint32_t uid, uint32_t gid, uint64_t generation,
    EpollLoop& loop, OutputFile& file) {
  bool made = mkfifo(path.c_str(), 0600) == 0;
  if (!made && errno == EEXIST) {
    unlink(path.c_str());
    made = mkfifo(path.c_str(), 0600) == 0;
  }
  UniqueFd fifo;
  if (made) fifo.reset(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fifo.valid() || fchown(fifo.get(), uid, gid) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make FIFO ", path));
  }
  std::unique_ptr<OutputPipe> pipe(
      new OutputPipe(path, std::move(fifo), generation, loop, file));
  RETURN_IF_ERROR(pipe->Await());
  return pipe;
}

OutputPipe::OutputPipe(const std::string& path, UniqueFd fifo,
                       uint64_t generation, EpollLoop& loop, OutputFile& file)
    : path_(path),
      fifo_(std::move(fifo)),
      generation_(generation),
      loop_(loop),
      file_(file) {}

OutputPipe::~OutputPipe() {
  loop_.CancelTimer(this);
  loop_.Unwatch(fifo_.get());
  while (ReadOnce() > 0) {
  }
  if (!partial_.empty()) file_.Append(generation_, partial_);
}

absl::StatusOr<UniqueFd> OutputPipe::OpenForService() const {
  UniqueFd service(open(path_.c_str(), O_RDWR | O_CLOEXEC));
  if (!service.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path_));
  }
  return service;
}

absl::Status OutputPipe::Await() {
  return loop_.Watch(fifo_.get(), EPOLLIN, [this](uint32_t) { OnReadable(); });
}

void OutputPipe::OnReadable() {
  if (ReadOnce() >= kPlenty) return;
  loop_.Unwatch(fifo_.get());
  loop_.SetTimer(this, NowNs() + kGatherNs, [this] {
    // Out of kernel memory: it is tried again.
    if (!Await().ok()) OnReadable();
  });
}

size_t OutputPipe::ReadOnce() {
  char buffer[kReadSize];
  ssize_t size = read(fifo_.get(), buffer, sizeof buffer);
  if (size <= 0) return 0;
  partial_.append(buffer, size);
  PassLines();
  return size;
}

void OutputPipe::PassLines() {
  std::string lines;
  size_t begin = 0;
  for (;;) {
    size_t end = partial_.find('\n', begin);
    const bool whole = end != std::string::npos;
    size_t length = (whole ? end : partial_.size()) - begin;
    if (!whole && length <= kMaxLine) break;
    const bool cut = length > kMaxLine;
    lines.append(partial_, begin, cut ? kMaxLine : length).push_back('\n');
    begin += cut ? kMaxLine : length + 1;
  }
  partial_.erase(0, begin);
  if (lines.empty()) return;
  lines.pop_back();
  file_.Append(generation_, lines);
}

}  // namespace rollout::shim
