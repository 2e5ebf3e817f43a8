// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/disk_writer.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

namespace rollout::artifact {

absl::Status WriteError(int error, const std::string& path, uint64_t needed) {
  std::string message = absl::StrCat("cannot write ", path);
  struct statvfs disk;
  std::string directory = std::filesystem::path(path).parent_path().string();
  bool full = error == ENOSPC || error == EDQUOT;
  if (full && statvfs(directory.c_str(), &disk) == 0) {
    uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
    absl::StrAppend(&message, " (", needed, " bytes are needed, ", free,
                    " are free; make room on the disk of ", directory, ")");
  }
  return absl::ErrnoToStatus(error, message);
}

absl::Status WriteAllAt(int fd, absl::string_view bytes, off_t offset,
                        const std::string& path, uint64_t needed) {
  while (!bytes.empty()) {
    ssize_t written = pwrite(fd, bytes.data(), bytes.size(), offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      return WriteError(errno, path, needed);
    }
    bytes.remove_prefix(written);
    offset += written;
  }
  return absl::OkStatus();
}

}  // namespace rollout::artifact
