// SPDX-License-Identifier: Apache-2.0

#include "base/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace rollout {
namespace {

// A name for `path` that is short: by way of a descriptor of its directory,
// which must stay open while the name is used.
struct ShortName {
  UniqueFd directory;
  sockaddr_un address{};
  bool ok = false;
};

ShortName Shorten(const std::string& path) {
  ShortName name;
  name.address.sun_family = AF_UNIX;
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    errno = EINVAL;
    return name;
  }
  name.directory.reset(open(path.substr(0, slash + 1).c_str(),
                            O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!name.directory.valid()) return name;
  std::string text = absl::StrCat("/proc/self/fd/", name.directory.get(), "/",
                                  path.substr(slash + 1));
  if (text.size() >= sizeof name.address.sun_path) {
    errno = ENAMETOOLONG;
    return name;
  }
  std::memcpy(name.address.sun_path, text.c_str(), text.size() + 1);
  name.ok = true;
  return name;
}

}  // namespace

absl::Status BindUnixSocket(int socket, const std::string& path) {
  ShortName name = Shorten(path);
  // The mode bind gives the file is the socket's own, less the umask.
  if (name.ok && fchmod(socket, 0600) == 0 &&
      bind(socket, reinterpret_cast<sockaddr*>(&name.address),
           sizeof name.address) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot bind ", path));
}

absl::Status ConnectUnixSocket(int socket, const std::string& path) {
  ShortName name = Shorten(path);
  if (name.ok && connect(socket, reinterpret_cast<sockaddr*>(&name.address),
                         sizeof name.address) == 0) {
    return absl::OkStatus();
  }
  int error = errno;
  absl::Status status =
      absl::ErrnoToStatus(error, absl::StrCat("cannot connect to ", path));
  return error == ECONNREFUSED ? absl::NotFoundError(status.message()) : status;
}

}  // namespace rollout
