// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/output.h"

#include <dirent.h>
#include <fcntl.h>
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

v1::SavedOutput OutputFile::Save() const {
  v1::SavedOutput saved;
  saved.set_path(path_);
  *saved.mutable_file() = SaveDescriptor(file_.get());
  saved.set_next_number(ledger_.next_number);
  saved.set_lost_lines(ledger_.lost_lines);
  saved.set_torn(ledger_.torn);
  return saved;
}

void OutputFile::Resume(const v1::SavedOutput& saved, LeftDescriptors& left) {
  path_ = saved.path();
  if (ledger_.file >= 0) {
    // May be a newer one than that saved.
    file_ = left.Take(SaveDescriptor(ledger_.file));
  } else if (!path_.empty()) {
    Hold(left.Take(saved.file()));
    ledger_.next_number = saved.next_number();
    ledger_.lost_lines = saved.lost_lines();
    ledger_.torn = saved.torn();
  }
}

void OutputFile::Hold(UniqueFd file) {
  ledger_.file = file.get();
  file_ = std::move(file);
}

absl::Status OutputFile::Open(const std::string& path) {
  if (path == path_ && file_.valid()) return absl::OkStatus();
  ASSIGN_OR_RETURN(UniqueFd file, OpenFile(path));
  Hold(std::move(file));
  path_ = path;
  ledger_.torn = EndsInALine();
  ledger_.next_number =
      std::max<uint64_t>(ledger_.next_number, ReadLastNumber() + 1);
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
    Hold(*std::move(file));
    ledger_.torn = false;
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
  AppendFrom(generation, text, 0, 0);
  Settle();
}

void OutputFile::AppendFrom(uint64_t generation, absl::string_view text,
                            uint64_t from, uint64_t to) {
  if (WasRotated()) Reopen();
  struct stat facts {};
  fstat(file_.get(), &facts);
  ledger_.generation = generation;
  ledger_.from = from;
  ledger_.to = to;
  ledger_.size = facts.st_size;
  ledger_.first_number = ledger_.next_number;
  ledger_.lost_before = ledger_.lost_lines;
  ledger_.torn_before = ledger_.torn;
  ledger_.under_way = true;
  Write(text, 0);
}

bool OutputFile::IsUnsettled(uint64_t generation, uint64_t* from,
                             uint64_t* to) const {
  *from = ledger_.from;
  *to = ledger_.to;
  return ledger_.under_way && ledger_.generation == generation;
}

void OutputFile::AppendRest(absl::string_view text) {
  struct stat facts {};
  fstat(file_.get(), &facts);
  const uint64_t size = facts.st_size;
  Write(text, size > ledger_.size ? size - ledger_.size : 0);
}

void OutputFile::Settle() { ledger_.under_way = false; }

void OutputFile::Write(absl::string_view text, uint64_t already) {
  std::string lines = ledger_.torn_before ? "\n" : "";
  uint64_t number = ledger_.first_number;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&lines, number++, " ", ledger_.generation, " ", line, "\n");
  }
  already = std::min<uint64_t>(already, lines.size());
  const size_t rest = lines.size() - already;
  const ssize_t written =
      rest == 0 ? 0 : write(file_.get(), lines.data() + already, rest);
  // Disk full: what did get there ends somewhere in a line.
  absl::string_view kept(lines.data(), already + std::max<ssize_t>(0, written));
  uint64_t whole = std::count(kept.begin(), kept.end(), '\n');
  if (ledger_.torn_before && whole > 0) --whole;
  const uint64_t count = number - ledger_.first_number;
  ledger_.lost_lines = ledger_.lost_before + count - whole;
  ledger_.torn = kept.empty() ? ledger_.torn_before : kept.back() != '\n';
  ledger_.next_number = number;
}

}  // namespace rollout::shim
