// SPDX-License-Identifier: Apache-2.0

#include "agent/output/compress.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::output {
namespace {

constexpr int kLevel = 3;

struct FreeStream {
  void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
};

absl::Status WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "");
    bytes.remove_prefix(written);
  }
  return absl::OkStatus();
}

// Compresses `in`, all of it; `mode` says whether more follows.
absl::Status Feed(ZSTD_CCtx* stream, absl::string_view bytes,
                  ZSTD_EndDirective mode, int out) {
  std::vector<char> buffer(ZSTD_CStreamOutSize());
  ZSTD_inBuffer input = {bytes.data(), bytes.size(), 0};
  for (;;) {
    ZSTD_outBuffer output = {buffer.data(), buffer.size(), 0};
    size_t left = ZSTD_compressStream2(stream, &output, &input, mode);
    if (ZSTD_isError(left)) {
      return absl::InternalError(ZSTD_getErrorName(left));
    }
    RETURN_IF_ERROR(WriteAll(out, {buffer.data(), output.pos}));
    const bool done = mode == ZSTD_e_end ? left == 0 : input.pos == input.size;
    if (done) return absl::OkStatus();
  }
}

absl::Status Compress(int in, int out) {
  std::unique_ptr<ZSTD_CCtx, FreeStream> stream(ZSTD_createCCtx());
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_checksumFlag, 1);
  std::vector<char> buffer(ZSTD_CStreamInSize());
  for (;;) {
    ssize_t got = read(in, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "");
    absl::string_view bytes(buffer.data(), got);
    RETURN_IF_ERROR(Feed(stream.get(), bytes,
                         got == 0 ? ZSTD_e_end : ZSTD_e_continue, out));
    if (got == 0) break;
  }
  if (fsync(out) != 0) return absl::ErrnoToStatus(errno, "");
  return absl::OkStatus();
}

}  // namespace

absl::Status CompressFile(const std::string& from, const std::string& to) {
  UniqueFd in(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", from));
  }
  UniqueFd out(
      open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!out.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", to));
  }
  absl::Status done = Compress(in.get(), out.get());
  if (done.ok()) return done;
  unlink(to.c_str());
  return WithContext(done, absl::StrCat("cannot compress ", from));
}

}  // namespace rollout::output
