// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/asker.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/shim/proc_fs.h"

namespace rollout::shim {

absl::StatusOr<UniqueFd> Asker::Take(int fd) const {
  pid_t process = ProcessOfThread(thread_);
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (!pidfd.valid()) {
    return absl::ErrnoToStatus(errno, "cannot reach the service");
  }
  UniqueFd taken(
      static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), fd, 0)));
  if (!taken.valid()) {
    return absl::ErrnoToStatus(errno, "cannot take the service's socket");
  }
  return taken;
}

absl::Status Asker::Read(uint64_t address, void* to, size_t size) const {
  iovec local{to, size};
  iovec remote{reinterpret_cast<void*>(address), size};
  if (process_vm_readv(thread_, &local, 1, &remote, 1, 0) ==
      static_cast<ssize_t>(size)) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, "cannot read the service's memory");
}

absl::StatusOr<std::string> Asker::ReadPath(uint64_t address) const {
  constexpr uint64_t kPage = 4096;
  std::string path;
  // To the end of each page: the next one may not be there.
  while (path.size() < PATH_MAX) {
    char page[kPage];
    const uint64_t at = address + path.size();
    const size_t size = kPage - at % kPage;
    absl::Status read = Read(at, page, size);
    if (!read.ok()) return read;
    const size_t length = strnlen(page, size);
    path.append(page, length);
    if (length < size) return path;
  }
  return absl::InvalidArgumentError("a path without an end");
}

absl::StatusOr<FileUser> Asker::ReadUser() const {
  const std::string status =
      ReadFile(absl::StrCat("/proc/", thread_, "/status"));
  FileUser user;
  bool has_uid = false, has_gid = false;
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    // "Uid:\tREAL\tEFFECTIVE\tSAVED\tFILES"
    constexpr size_t kFiles = 4;
    std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar("\t "), absl::SkipEmpty());
    if (words.empty()) continue;
    if (words[0] == "Uid:" && words.size() > kFiles) {
      has_uid = absl::SimpleAtoi(words[kFiles], &user.uid);
    } else if (words[0] == "Gid:" && words.size() > kFiles) {
      has_gid = absl::SimpleAtoi(words[kFiles], &user.gid);
    } else if (words[0] == "Umask:" && words.size() > 1) {
      user.umask =
          std::strtoul(std::string(words[1]).c_str(), nullptr, 8) & 0777;
    } else if (words[0] == "Groups:") {
      for (size_t i = 1; i < words.size(); ++i) {
        gid_t group;
        if (absl::SimpleAtoi(words[i], &group)) user.groups.insert(group);
      }
    }
  }
  if (has_uid && has_gid) return user;
  return absl::UnavailableError("cannot see whom the service runs as");
}

absl::StatusOr<FilePlace> Asker::Find(int directory_fd,
                                      const std::string& path) const {
  const size_t slash = path.rfind('/');
  const std::string name =
      slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    return absl::InvalidArgumentError("a path without a name");
  }
  std::string directory = absl::StrCat("/proc/", thread_);
  if (path[0] == '/') {
    absl::StrAppend(&directory, "/root/");
  } else if (directory_fd == AT_FDCWD) {
    absl::StrAppend(&directory, "/cwd/");
  } else {
    absl::StrAppend(&directory, "/fd/", directory_fd, "/");
  }
  if (slash != std::string::npos) {
    absl::StrAppend(&directory, path.substr(0, slash));
  }
  FilePlace place;
  place.directory.reset(
      open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place.directory.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot see ", path));
  }
  place.name = name;
  return place;
}

}  // namespace rollout::shim
