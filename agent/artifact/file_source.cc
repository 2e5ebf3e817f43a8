// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::artifact {
namespace {

// "%41" to "A". A % that begins no escape stays.
std::string Unescaped(absl::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (text[0] == '%' && text.size() >= 3 && absl::ascii_isxdigit(text[1]) &&
        absl::ascii_isxdigit(text[2])) {
      plain += absl::HexStringToBytes(text.substr(1, 2));
      text.remove_prefix(3);
    } else {
      plain += text[0];
      text.remove_prefix(1);
    }
  }
  return plain;
}

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
  absl::string_view rest = absl::StripPrefix(url, "file://");
  if (absl::StartsWith(rest, "localhost/")) rest.remove_prefix(9);
  if (!absl::StartsWith(rest, "/")) {
    return absl::InvalidArgumentError(
        "the path is not absolute: write file:///PATH, with three slashes");
  }
  struct stat info;
  ASSIGN_OR_RETURN(UniqueFd fd, OpenRegularFile(Unescaped(rest), &info));
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
