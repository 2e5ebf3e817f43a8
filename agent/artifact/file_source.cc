// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "base/url_path.h"

namespace rollout::artifact {
namespace {

absl::StatusOr<UniqueFd> OpenRegularFile(const std::string& path,
                                         struct stat* info) {
  // Without O_NONBLOCK a FIFO would keep us for ever.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid() || fstat(fd.get(), info) != 0) {
    return absl::ErrnoToStatus(errno, "cannot open the file");
  }
  if (!S_ISREG(info->st_mode)) {
    return absl::InvalidArgumentError(
        "not a regular file: name a program or a tar archive");
  }
  return fd;
}

}  // namespace

absl::Status ReadFileSource(absl::string_view url, SourceSink& sink) {
  ASSIGN_OR_RETURN(std::string path, PathOfFileUrl(url));
  struct stat info;
  ASSIGN_OR_RETURN(UniqueFd fd, OpenRegularFile(path, &info));
  RETURN_IF_ERROR(sink.Begin(info.st_size));
  std::vector<char> buffer(256 << 10);
  for (;;) {
    ssize_t got = read(fd.get(), buffer.data(), buffer.size());
    if (got == 0) return absl::OkStatus();
    if (got > 0) {
      RETURN_IF_ERROR(sink.Append(absl::string_view(buffer.data(), got)));
    } else if (errno != EINTR) {
      return absl::ErrnoToStatus(errno, "cannot read the file");
    }
  }
}

}  // namespace rollout::artifact
