// SPDX-License-Identifier: Apache-2.0
//
// The reading half of output.h.

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/output.h"
#include "base/check.h"
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
// What the file has may stay in a stage until it is so much.
constexpr uint64_t kKeptStage = 256 * 1024;
constexpr uint64_t kPage = 4096;

struct Lines {
  // Without the last line break.
  std::string text;
  // How much of the bytes that is.
  size_t size = 0;
};

// The whole lines of `bytes`, long ones cut; `ends`: what is after the last
// line break is a line, too.
Lines SplitLines(absl::string_view bytes, bool ends) {
  Lines lines;
  while (lines.size < bytes.size()) {
    const size_t end = bytes.find('\n', lines.size);
    const bool whole = end != absl::string_view::npos;
    const size_t length = (whole ? end : bytes.size()) - lines.size;
    const bool cut = length > OutputPipe::kMaxLine;
    if (!whole && !cut && !ends) break;
    const size_t kept = cut ? OutputPipe::kMaxLine : length;
    absl::StrAppend(&lines.text, bytes.substr(lines.size, kept), "\n");
    lines.size += kept + (whole && !cut ? 1 : 0);
  }
  if (!lines.text.empty()) lines.text.pop_back();
  return lines;
}

}  // namespace

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
  UniqueFd stage(memfd_create("output", MFD_CLOEXEC));
  if (!stage.valid()) {
    return absl::ErrnoToStatus(errno, "cannot make a stage for the output");
  }
  return Resume(path, std::move(fifo), std::move(stage), generation, loop,
                file);
}

absl::StatusOr<std::unique_ptr<OutputPipe>> OutputPipe::Resume(
    const std::string& path, UniqueFd fifo, UniqueFd stage, uint64_t generation,
    EpollLoop& loop, OutputFile& file) {
  std::unique_ptr<OutputPipe> pipe(new OutputPipe(
      path, std::move(fifo), std::move(stage), generation, loop, file));
  pipe->GoOn();
  RETURN_IF_ERROR(pipe->Await());
  return pipe;
}

OutputPipe::OutputPipe(const std::string& path, UniqueFd fifo, UniqueFd stage,
                       uint64_t generation, EpollLoop& loop, OutputFile& file)
    : path_(path),
      fifo_(std::move(fifo)),
      generation_(generation),
      loop_(loop),
      file_(file),
      stage_(std::move(stage)) {}

OutputPipe::~OutputPipe() {
  loop_.CancelTimer(this);
  loop_.Unwatch(fifo_.get());
  while (ReadOnce() > 0) {
  }
  if (partial_.empty()) return;
  file_.AppendFrom(generation_, partial_, done_, end_);
  Settle(end_);
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
  // Where it ends the kernel knows, should this be the last thing we do.
  off64_t end = static_cast<off64_t>(end_);
  const ssize_t size = splice(fifo_.get(), nullptr, stage_.get(), &end,
                              kReadSize, SPLICE_F_NONBLOCK);
  if (size <= 0) return 0;
  ReadStage(size);
  PassLines();
  return size;
}

void OutputPipe::ReadStage(uint64_t size) {
  const size_t before = partial_.size();
  partial_.resize(before + size);
  const ssize_t got = pread(stage_.get(), partial_.data() + before, size,
                            static_cast<off_t>(end_));
  CHECK(got == static_cast<ssize_t>(size));
  end_ += size;
}

void OutputPipe::PassLines() {
  const Lines lines = SplitLines(partial_, false);
  if (lines.size == 0) return;
  file_.AppendFrom(generation_, lines.text, done_, done_ + lines.size);
  Settle(done_ + lines.size);
}

void OutputPipe::Settle(uint64_t done) {
  lseek(stage_.get(), static_cast<off_t>(done), SEEK_SET);
  file_.Settle();
  partial_.erase(0, done - done_);
  done_ = done;
  if (done_ - freed_ < kKeptStage) return;
  const uint64_t whole_pages = done_ - done_ % kPage;
  fallocate(stage_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
            static_cast<off_t>(freed_),
            static_cast<off_t>(whole_pages - freed_));
  freed_ = whole_pages;
}

void OutputPipe::GoOn() {
  struct stat facts {};
  fstat(stage_.get(), &facts);
  done_ = end_ = lseek(stage_.get(), 0, SEEK_CUR);
  uint64_t from, to;
  const bool unsettled = file_.IsUnsettled(generation_, &from, &to);
  if (unsettled) done_ = end_ = from;
  if (facts.st_size > static_cast<off_t>(end_)) {
    ReadStage(facts.st_size - end_);
  }
  if (unsettled && to <= end_) {
    file_.AppendRest(
        SplitLines(absl::string_view(partial_).substr(0, to - from), true)
            .text);
    Settle(to);
  }
  PassLines();
}

}  // namespace rollout::shim
