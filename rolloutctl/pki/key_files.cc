// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki/key_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::pki {
namespace {

absl::Status Fill(int fd, absl::string_view content) {
  while (!content.empty()) {
    ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "cannot write");
    content.remove_prefix(written);
  }
  if (fsync(fd) != 0) return absl::ErrnoToStatus(errno, "cannot sync");
  return absl::OkStatus();
}

absl::Status SyncDirectoryOf(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path().string();
  if (directory.empty()) directory = ".";
  UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) {
    return absl::ErrnoToStatus(errno, "cannot sync its directory");
  }
  return absl::OkStatus();
}

// `name_it(aside, path)` gives the finished file its name; 0: done, else errno
// is set.
absl::Status Write(const std::string& path, absl::string_view content,
                   mode_t mode, int (*name_it)(const char*, const char*)) {
  std::string aside = absl::StrCat(path, ".XXXXXX");
  UniqueFd fd(mkostemp(aside.data(), O_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "cannot create");
  absl::Cleanup remove_aside = [&aside] { unlink(aside.c_str()); };
  RETURN_IF_ERROR(Fill(fd.get(), content));
  // mkostemp made it 0600, whatever it is to become.
  if (fchmod(fd.get(), mode) != 0) {
    return absl::ErrnoToStatus(errno, "cannot set the mode");
  }
  if (name_it(aside.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, "cannot create");
  }
  return SyncDirectoryOf(path);
}

}  // namespace

absl::Status WriteNewFile(const std::string& path, absl::string_view content,
                          mode_t mode) {
  // link(2), unlike rename(2), never replaces.
  return WithContext(Write(path, content, mode, &link), path);
}

absl::Status ReplaceFile(const std::string& path, absl::string_view content,
                         mode_t mode) {
  return WithContext(Write(path, content, mode, &rename), path);
}

}  // namespace rollout::pki
