// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/download.h"

#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/artifact/disk_writer.h"
#include "agent/artifact/source.h"
#include "agent/artifact/source_sink.h"
#include "base/http_url.h"
#include "base/sha256.h"
#include "base/status_macros.h"

namespace rollout::artifact {
namespace {

// Writes, counts and digests.
class FileSink : public SourceSink {
 public:
  // `fd` is borrowed; `settings` must outlive this.
  FileSink(int fd, const std::string& path, const DownloadSettings& settings)
      : fd_(fd), path_(path), settings_(settings) {}

  absl::Status Begin(std::optional<uint64_t> size) override {
    if (!size) return absl::OkStatus();
    announced_ = *size;
    if (*size > settings_.max_bytes) return TooBig();
    // Told now that there is no room, nobody's disk is filled in vain.
    if (*size > 0 && fallocate(fd_, FALLOC_FL_KEEP_SIZE, 0, *size) != 0 &&
        (errno == ENOSPC || errno == EDQUOT)) {
      return WriteError(errno, path_, *size);
    }
    return absl::OkStatus();
  }

  absl::Status Append(absl::string_view bytes) override {
    if (settings_.cancelled && settings_.cancelled()) {
      return absl::CancelledError("the agent is leaving");
    }
    if (bytes.size() > settings_.max_bytes - written_) return TooBig();
    uint64_t needed = std::max(announced_, written_ + bytes.size());
    RETURN_IF_ERROR(WriteAllAt(fd_, bytes, written_, path_, needed));
    digest_.Add(bytes);
    written_ += bytes.size();
    return absl::OkStatus();
  }

  std::string Digest() { return digest_.Finish(); }

 private:
  absl::Status TooBig() const {
    return absl::InvalidArgumentError(
        absl::StrCat("the artifact is bigger than ", settings_.max_bytes,
                     " bytes, the limit"));
  }

  const int fd_;
  const std::string path_;
  const DownloadSettings& settings_;
  uint64_t announced_ = 0;
  uint64_t written_ = 0;
  Sha256 digest_;
};

}  // namespace

absl::StatusOr<UniqueFd> Download(const std::string& url,
                                  const std::string& sha256,
                                  const std::string& path,
                                  const DownloadSettings& settings) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  }
  FileSink sink(fd.get(), path, settings);
  RETURN_IF_ERROR(ReadSource(url, settings.http, sink));
  std::string digest = sink.Digest();
  if (digest != sha256) {
    return absl::DataLossError(absl::StrCat(
        WithoutQuery(url), ": its sha256 is ", digest, ", not ", sha256,
        ": the file was changed or the plan names another one"));
  }
  return fd;
}

}  // namespace rollout::artifact
