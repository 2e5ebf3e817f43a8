// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/tree_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace rollout::artifact {
namespace {

constexpr int kDirectoryFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// Half of what a path may have (PATH_MAX): the other half is for the root's,
// wherever the tree is moved. What is made step by step with a longer one could
// neither be looked up nor removed by its path.
constexpr size_t kMaxPath = 2048;

absl::Status Refused(absl::string_view path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("\"", path, "\" ", why));
}

absl::Status DiskError(absl::string_view path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
}

absl::StatusOr<std::vector<std::string>> Components(absl::string_view path) {
  if (absl::StartsWith(path, "/")) {
    return Refused(path, "is an absolute path, which leads outside");
  }
  if (path.size() > kMaxPath) {
    return Refused(path.substr(0, 64), "begins a path that is too long");
  }
  std::vector<std::string> components;
  for (absl::string_view component : absl::StrSplit(path, '/')) {
    if (component.empty() || component == ".") continue;
    if (component == "..") return Refused(path, "has \"..\" in it");
    components.emplace_back(component);
  }
  return components;
}

// Opens the directory `name`, or makes it.
absl::StatusOr<UniqueFd> Enter(int parent, const std::string& name,
                               absl::string_view path) {
  UniqueFd fd(openat(parent, name.c_str(), kDirectoryFlags));
  if (!fd.valid() && errno == ENOENT) {
    if (mkdirat(parent, name.c_str(), 0755) != 0) return DiskError(path);
    fd.reset(openat(parent, name.c_str(), kDirectoryFlags));
  }
  if (fd.valid()) return fd;
  if (errno != ENOTDIR && errno != ELOOP) return DiskError(path);
  return Refused(path, absl::StrCat("leads through \"", name,
                                    "\", which is not a directory"));
}

// Opens `path` as the service will, but fails with EXDEV where that leads out
// of `root`.
UniqueFd OpenBeneath(int root, const std::string& path) {
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (;;) {
    int fd = syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    // EAGAIN: something was renamed meanwhile, anywhere on the machine.
    if (fd >= 0 || errno != EAGAIN) return UniqueFd(fd);
  }
}

}  // namespace

absl::StatusOr<TreeWriter> TreeWriter::Open(const std::string& root) {
  UniqueFd fd(open(root.c_str(), kDirectoryFlags));
  if (!fd.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", root));
  }
  return TreeWriter(std::move(fd));
}

absl::StatusOr<TreeWriter::Place> TreeWriter::Find(
    absl::string_view path) const {
  ASSIGN_OR_RETURN(std::vector<std::string> components, Components(path));
  Place place{UniqueFd(fcntl(root_.get(), F_DUPFD_CLOEXEC, 0)), ""};
  if (!place.directory.valid()) return DiskError(path);
  for (size_t i = 0; i < components.size(); ++i) {
    if (i > 0) {
      ASSIGN_OR_RETURN(place.directory,
                       Enter(place.directory.get(), place.name, path));
    }
    place.name = std::move(components[i]);
  }
  return place;
}

absl::StatusOr<TreeWriter::Place> TreeWriter::MakeRoom(
    absl::string_view path) const {
  ASSIGN_OR_RETURN(Place place, Find(path));
  if (place.name.empty()) return Refused(path, "names no file");
  if (unlinkat(place.directory.get(), place.name.c_str(), 0) != 0 &&
      errno != ENOENT) {
    if (errno != EISDIR) return DiskError(path);
    return Refused(path, "is a directory and a file at once");
  }
  return place;
}

absl::Status TreeWriter::MakeDirectory(absl::string_view path) {
  ASSIGN_OR_RETURN(Place place, Find(path));
  if (place.name.empty()) return absl::OkStatus();
  return Enter(place.directory.get(), place.name, path).status();
}

absl::StatusOr<UniqueFd> TreeWriter::MakeFile(absl::string_view path,
                                              bool executable) {
  ASSIGN_OR_RETURN(Place place, MakeRoom(path));
  UniqueFd fd(openat(place.directory.get(), place.name.c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     executable ? 0755 : 0644));
  if (!fd.valid()) return DiskError(path);
  return fd;
}

absl::Status TreeWriter::MakeSymlink(absl::string_view path,
                                     const std::string& target) {
  if (target.empty()) return Refused(path, "is a symbolic link to nothing");
  ASSIGN_OR_RETURN(Place place, MakeRoom(path));
  if (symlinkat(target.c_str(), place.directory.get(), place.name.c_str())) {
    return DiskError(path);
  }
  symlinks_.emplace_back(path);
  return absl::OkStatus();
}

absl::Status TreeWriter::MakeHardLink(absl::string_view path,
                                      absl::string_view target) {
  ASSIGN_OR_RETURN(Place from, Find(target));
  struct stat info;
  if (fstatat(from.directory.get(), from.name.c_str(), &info,
              AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(info.st_mode)) {
    return Refused(path, absl::StrCat("is a hard link to \"", target,
                                      "\", which is no file before it"));
  }
  ASSIGN_OR_RETURN(Place to, MakeRoom(path));
  if (linkat(from.directory.get(), from.name.c_str(), to.directory.get(),
             to.name.c_str(), 0) != 0) {
    if (errno == ENOENT) return Refused(path, "is a hard link to itself");
    return DiskError(path);
  }
  return absl::OkStatus();
}

absl::Status TreeWriter::CheckSymlinks() const {
  for (const std::string& path : symlinks_) {
    if (OpenBeneath(root_.get(), path).valid()) continue;
    if (errno == EXDEV) {
      return Refused(path, "is a symbolic link that leads outside");
    }
    // One that leads nowhere does no harm: what it names is never made. What
    // can't be followed for any other reason could lead anywhere.
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) continue;
    return DiskError(path);
  }
  return absl::OkStatus();
}

}  // namespace rollout::artifact
