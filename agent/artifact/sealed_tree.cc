// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/sealed_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::artifact {
namespace {

absl::Status Error(int error, const char* what, const char* path) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", what, " ", path));
}

// Calls `visit` for all that is there, links not followed: a directory before
// (FTS_D) and after (FTS_DP) what is in it.
absl::Status Walk(const std::string& root,
                  const std::function<absl::Status(const FTSENT&)>& visit) {
  char* const roots[] = {const_cast<char*>(root.c_str()), nullptr};
  std::unique_ptr<FTS, int (*)(FTS*)> walk(
      fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, nullptr), &fts_close);
  if (walk == nullptr) return Error(errno, "walk through", root.c_str());
  for (;;) {
    errno = 0;
    const FTSENT* entry = fts_read(walk.get());
    if (entry == nullptr) {
      return errno == 0 ? absl::OkStatus()
                        : Error(errno, "walk through", root.c_str());
    }
    if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR ||
        entry->fts_info == FTS_NS) {
      return Error(entry->fts_errno, "look at", entry->fts_path);
    }
    RETURN_IF_ERROR(visit(*entry));
  }
}

absl::Status Seal(const FTSENT& entry) {
  bool directory = entry.fts_info == FTS_DP;
  if (!directory && entry.fts_info != FTS_F) return absl::OkStatus();
  UniqueFd fd(open(entry.fts_path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return Error(errno, "open", entry.fts_path);
  bool executable = directory || (entry.fts_statp->st_mode & 0111) != 0;
  if (fchmod(fd.get(), executable ? 0555 : 0444) != 0) {
    return Error(errno, "make read-only", entry.fts_path);
  }
  if (fsync(fd.get()) != 0) return Error(errno, "sync", entry.fts_path);
  return absl::OkStatus();
}

absl::Status Remove(const FTSENT& entry) {
  if (entry.fts_info == FTS_D) {
    // Only root may take things out of a sealed directory.
    return chmod(entry.fts_path, 0700) == 0
               ? absl::OkStatus()
               : Error(errno, "make writable", entry.fts_path);
  }
  int flags = entry.fts_info == FTS_DP ? AT_REMOVEDIR : 0;
  return unlinkat(AT_FDCWD, entry.fts_path, flags) == 0
             ? absl::OkStatus()
             : Error(errno, "remove", entry.fts_path);
}

}  // namespace

absl::Status MakeOpenDirectory(const std::string& path) {
  if ((mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) ||
      chmod(path.c_str(), 0755) != 0) {
    return Error(errno, "make", path.c_str());
  }
  return absl::OkStatus();
}

absl::Status SealTree(const std::string& path) { return Walk(path, Seal); }

absl::Status RemoveTree(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 && errno == ENOENT) {
    return absl::OkStatus();
  }
  return Walk(path, Remove);
}

absl::Status SyncDirectory(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) {
    return Error(errno, "sync", path.c_str());
  }
  return absl::OkStatus();
}

}  // namespace rollout::artifact
