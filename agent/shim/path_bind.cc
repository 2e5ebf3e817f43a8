// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/path_bind.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "base/check.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

// While it lives "/" and "." are that directory.
class OtherRoot {
 public:
  explicit OtherRoot(int directory)
      : root_(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    is_in_ = root_.valid() && fchdir(directory) == 0 && chroot(".") == 0;
  }
  ~OtherRoot() {
    const int error = errno;
    // Without a way back every later path would be another's.
    if (root_.valid()) CHECK(fchdir(root_.get()) == 0 && chroot(".") == 0);
    errno = error;
  }
  OtherRoot(const OtherRoot&) = delete;
  OtherRoot& operator=(const OtherRoot&) = delete;

  bool is_in() const { return is_in_; }

 private:
  const UniqueFd root_;
  bool is_in_ = false;
};

// The directories that lead to `path`; those that are there are fine.
bool MakeParents(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    if (mkdir(path.substr(0, slash).c_str(), 0700) != 0 && errno != EEXIST) {
      return false;
    }
  }
  return true;
}

void RemoveParents(const std::string& path) {
  for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    rmdir(path.substr(0, slash).c_str());
  }
}

bool Bind(int socket, const std::string& path, mode_t mask) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path);
  const size_t size = offsetof(sockaddr_un, sun_path) +
                      std::min(path.size() + 1, sizeof name.sun_path);
  const mode_t ours = umask(mask);
  const bool bound =
      bind(socket, reinterpret_cast<sockaddr*>(&name), size) == 0;
  umask(ours);
  return bound;
}

// With `scratch` as the root.
bool BindWithin(int scratch, int socket, const std::string& path, int directory,
                const std::string& file_name, const FileUser& user) {
  OtherRoot root(scratch);
  if (!root.is_in() || !MakeParents(path)) return false;
  bool done = Bind(socket, path, user.umask);
  // Renamed as the last thing: before, nobody else can reach it.
  done = done && lchown(path.c_str(), user.uid, user.gid) == 0 &&
         renameat(AT_FDCWD, path.c_str(), directory, file_name.c_str()) == 0;
  const int error = errno;
  unlink(path.c_str());
  RemoveParents(path);
  errno = error;
  return done;
}

// A directory that nobody but us can change anything in. -1: errno says why.
UniqueFd MakeScratch(int directory, const std::string& name) {
  // One of a shim that was killed in the middle.
  unlinkat(directory, name.c_str(), AT_REMOVEDIR);
  if (mkdirat(directory, name.c_str(), 0700) != 0) return UniqueFd();
  UniqueFd made(openat(directory, name.c_str(),
                       O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (made.valid() && fstat(made.get(), &status) == 0 &&
      status.st_uid == geteuid() && (status.st_mode & 077) == 0) {
    return made;
  }
  errno = EPERM;
  return UniqueFd();
}

}  // namespace

bool BindPath(int socket, const std::string& path, int directory,
              const std::string& file_name, const FileUser& user) {
  const std::string scratch_name = file_name + ".d";
  UniqueFd scratch = MakeScratch(directory, scratch_name);
  const bool done = scratch.valid() && BindWithin(scratch.get(), socket, path,
                                                  directory, file_name, user);
  const int error = errno;
  unlinkat(directory, scratch_name.c_str(), AT_REMOVEDIR);
  errno = error;
  return done;
}

}  // namespace rollout::shim
