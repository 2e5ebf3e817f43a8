// SPDX-License-Identifier: Apache-2.0

#include "base/file_system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout {
namespace {

absl::Status WriteAll(int fd, absl::string_view content,
                      absl::string_view path) {
  while (!content.empty()) {
    ssize_t written = write(fd, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
    }
    content.remove_prefix(written);
  }
  if (fsync(fd) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot sync ", path));
  }
  return absl::OkStatus();
}

absl::Status FromErrorCode(const std::error_code& error,
                           absl::string_view what) {
  return error ? absl::ErrnoToStatus(error.value(), what) : absl::OkStatus();
}

}  // namespace

absl::Status SyncDirectory(const std::string& directory) {
  UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot sync ", directory));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PosixFileSystem::Read(absl::string_view path) {
  std::string name(path);
  UniqueFd fd(open(name.c_str(), O_RDONLY | O_CLOEXEC));
  std::string what = absl::StrCat("cannot read ", path);
  if (!fd.valid()) return absl::ErrnoToStatus(errno, what);
  std::string content;
  char buffer[16384];
  for (;;) {
    ssize_t got = read(fd.get(), buffer, sizeof buffer);
    if (got == 0) return content;
    if (got > 0) {
      content.append(buffer, got);
    } else if (errno != EINTR) {
      return absl::ErrnoToStatus(errno, what);
    }
  }
}

absl::Status PosixFileSystem::WriteAtomically(absl::string_view path,
                                              absl::string_view content) {
  std::string name(path);
  std::string aside = absl::StrCat(path, ".new");
  UniqueFd fd(
      open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", aside));
  }
  absl::Status written = WriteAll(fd.get(), content, aside);
  if (!written.ok()) {
    unlink(aside.c_str());
    return written;
  }
  RETURN_IF_ERROR(Rename(aside, name));
  return SyncDirectory(std::filesystem::path(name).parent_path().string());
}

absl::StatusOr<std::vector<std::string>> PosixFileSystem::List(
    absl::string_view directory) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(std::string(directory), error);
  for (; !error && entry != std::filesystem::directory_iterator();
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  RETURN_IF_ERROR(
      FromErrorCode(error, absl::StrCat("cannot list ", directory)));
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status PosixFileSystem::MakeDirectories(absl::string_view path) {
  std::error_code error;
  std::filesystem::create_directories(std::string(path), error);
  return FromErrorCode(error, absl::StrCat("cannot make directory ", path));
}

absl::Status PosixFileSystem::RemoveAll(absl::string_view path) {
  std::error_code error;
  std::filesystem::remove_all(std::string(path), error);
  return FromErrorCode(error, absl::StrCat("cannot remove ", path));
}

absl::Status PosixFileSystem::Rename(absl::string_view from,
                                     absl::string_view to) {
  if (rename(std::string(from).c_str(), std::string(to).c_str()) != 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot rename ", from, " to ", to));
  }
  return absl::OkStatus();
}

absl::StatusOr<FileInfo> PosixFileSystem::Stat(absl::string_view path) {
  struct statx found;
  if (statx(AT_FDCWD, std::string(path).c_str(), 0, STATX_SIZE | STATX_BTIME,
            &found) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot look at ", path));
  }
  FileInfo info;
  info.size = found.stx_size;
  if ((found.stx_mask & STATX_BTIME) != 0) {
    info.begun = absl::FromUnixSeconds(found.stx_btime.tv_sec) +
                 absl::Nanoseconds(found.stx_btime.tv_nsec);
  }
  return info;
}

absl::Status PosixFileSystem::ReplaceLink(absl::string_view path,
                                          absl::string_view target) {
  const std::string aside = absl::StrCat(path, ".new");
  unlink(aside.c_str());
  if (symlink(std::string(target).c_str(), aside.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make link ", aside));
  }
  return Rename(aside, path);
}

}  // namespace rollout
