// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/saved_descriptor.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rollout::shim {
namespace {

constexpr int kFirst = 3;

// File and, as many kinds of descriptor share one, the kind. Empty: not open.
std::string IdentityOf(int fd) {
  struct stat facts;
  if (fd < 0 || fstat(fd, &facts) != 0) return "";
  char target[64];
  const ssize_t size = readlink(absl::StrCat("/proc/self/fd/", fd).c_str(),
                                target, sizeof target);
  absl::string_view kind(target, std::max<ssize_t>(size, 0));
  if (!absl::StartsWith(kind, "anon_inode:")) kind = "";
  return absl::StrCat(facts.st_dev, ":", facts.st_ino, ":",
                      facts.st_mode & S_IFMT, kind);
}

}  // namespace

v1::SavedDescriptor SaveDescriptor(int fd) {
  v1::SavedDescriptor saved;
  if (fd < 0) return saved;
  saved.set_number(fd);
  saved.set_identity(IdentityOf(fd));
  return saved;
}

LeftDescriptors::LeftDescriptors() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return;
  is_complete_ = true;
  while (dirent* entry = readdir(directory)) {
    int number;
    if (absl::SimpleAtoi(entry->d_name, &number) && number >= kFirst &&
        number != dirfd(directory)) {
      numbers_.insert(number);
    }
  }
  closedir(directory);
}

UniqueFd LeftDescriptors::Take(const v1::SavedDescriptor& saved) {
  if (saved.identity().empty() || numbers_.count(saved.number()) == 0 ||
      IdentityOf(saved.number()) != saved.identity()) {
    return UniqueFd();
  }
  numbers_.erase(saved.number());
  fcntl(saved.number(), F_SETFD, FD_CLOEXEC);
  return UniqueFd(saved.number());
}

void LeftDescriptors::CloseRest() {
  for (int number : numbers_) close(number);
  numbers_.clear();
}

void SetCloseOnExec(const v1::SavedDescriptor& saved, bool on) {
  if (saved.identity().empty()) return;
  fcntl(saved.number(), F_SETFD, on ? FD_CLOEXEC : 0);
}

}  // namespace rollout::shim
