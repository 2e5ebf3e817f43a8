// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/installed_pair.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::certificate {
namespace {

constexpr absl::string_view kPrefix = "pair-";

// 0: no pair's name.
int NumberOf(absl::string_view name) {
  int number = 0;
  if (!absl::ConsumePrefix(&name, kPrefix) ||
      !absl::SimpleAtoi(name, &number)) {
    return 0;
  }
  return number;
}

absl::Status Failed(const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
}

absl::Status Write(const std::string& path, const std::string& text,
                   mode_t mode, const Owner& owner) {
  UniqueFd file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return Failed(path);
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t size =
        write(file.get(), text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Failed(path);
    written += size;
  }
  if (fchown(file.get(), owner.uid, owner.gid) != 0 ||
      fchmod(file.get(), mode) != 0 || fsync(file.get()) != 0) {
    return Failed(path);
  }
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid() && fsync(directory.get()) == 0) return absl::OkStatus();
  return Failed(path);
}

}  // namespace

std::string InstalledCertificate(const std::string& directory) {
  return directory + "/current/certificate.pem";
}

std::string InstalledKey(const std::string& directory) {
  return directory + "/current/key.pem";
}

InstalledPair::InstalledPair(FileSystem* files, std::string directory)
    : files_(*files), directory_(std::move(directory)) {}

absl::StatusOr<CertificatePair> InstalledPair::Current() const {
  return ReadPair(files_, InstalledCertificate(directory_),
                  InstalledKey(directory_));
}

bool InstalledPair::BelongsTo(const Owner& owner) const {
  struct stat key;
  return stat(InstalledKey(directory_).c_str(), &key) == 0 &&
         key.st_uid == owner.uid && key.st_gid == owner.gid;
}

absl::Status InstalledPair::Put(const CertificatePair& pair,
                                const Owner& owner) {
  RETURN_IF_ERROR(files_.MakeDirectories(directory_));
  const int before = CurrentNumber();
  ASSIGN_OR_RETURN(std::vector<std::string> names, files_.List(directory_));
  int number = before;
  for (const std::string& name : names) {
    number = std::max(number, NumberOf(name));
  }
  ++number;
  const std::string path = PathOf(number);
  if (mkdir(path.c_str(), 0755) != 0 || chmod(path.c_str(), 0755) != 0) {
    return Failed(path);
  }
  RETURN_IF_ERROR(Write(path + "/certificate.pem", pair.certificate, 0644,
                        {geteuid(), getegid()}));
  RETURN_IF_ERROR(Write(path + "/key.pem", pair.key, 0600, owner));
  RETURN_IF_ERROR(SyncDirectory(path));
  RETURN_IF_ERROR(Point(number));
  RemoveAllBut(number, before);
  return absl::OkStatus();
}

absl::Status InstalledPair::GoBack() {
  const int current = CurrentNumber();
  ASSIGN_OR_RETURN(std::vector<std::string> names, files_.List(directory_));
  int before = 0;
  for (const std::string& name : names) {
    const int number = NumberOf(name);
    if (number < current) before = std::max(before, number);
  }
  if (before == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no pair before that in ", directory_));
  }
  return Point(before);
}

int InstalledPair::CurrentNumber() const {
  char target[64];
  const ssize_t size =
      readlink((directory_ + "/current").c_str(), target, sizeof target);
  return size < 0 ? 0 : NumberOf(absl::string_view(target, size));
}

absl::Status InstalledPair::Point(int number) {
  const std::string aside = directory_ + "/next";
  const std::string target = absl::StrCat(kPrefix, number);
  unlink(aside.c_str());
  if (symlink(target.c_str(), aside.c_str()) != 0) return Failed(aside);
  RETURN_IF_ERROR(files_.Rename(aside, directory_ + "/current"));
  return SyncDirectory(directory_);
}

void InstalledPair::RemoveAllBut(int current, int before) {
  for (const std::string& name :
       files_.List(directory_).value_or(std::vector<std::string>())) {
    const int number = NumberOf(name);
    if (number == 0 || number == current || number == before) continue;
    absl::Status removed = files_.RemoveAll(PathOf(number));
    if (!removed.ok()) LogWarning(removed.message());
  }
}

std::string InstalledPair::PathOf(int number) const {
  return absl::StrCat(directory_, "/", kPrefix, number);
}

}  // namespace rollout::certificate
