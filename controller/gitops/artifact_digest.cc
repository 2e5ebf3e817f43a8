// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/artifact_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/http_url.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "base/url_path.h"
#include "controller/gitops/sha256sums.h"

namespace rollout::gitops {
namespace {

// Ten thousand lines.
constexpr size_t kMaxListBytes = 1 << 20;

absl::StatusOr<std::string> ReadFileList(const std::string& url) {
  ASSIGN_OR_RETURN(std::string path, PathOfFileUrl(url));
  // Without O_NONBLOCK a FIFO would keep us for ever.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat info;
  if (!fd.valid() || fstat(fd.get(), &info) != 0) {
    return absl::ErrnoToStatus(errno, "cannot open the file");
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError("not a regular file");
  }
  std::string list(kMaxListBytes + 1, '\0');
  size_t size = 0;
  while (size < list.size()) {
    ssize_t got = read(fd.get(), &list[size], list.size() - size);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot read the file");
    size += got;
  }
  if (size > kMaxListBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("has more than ", kMaxListBytes, " bytes"));
  }
  list.resize(size);
  return list;
}

absl::StatusOr<std::string> ReadHttpList(const std::string& url,
                                         HttpExchange& exchange) {
  HttpQuestion question;
  question.url = url;
  question.follows_redirects = true;
  ASSIGN_OR_RETURN(HttpAnswer answer, exchange.Ask(question));
  if (answer.status == 200) return std::move(answer.body);
  const std::string said =
      absl::StrCat("the server answered with status ", answer.status);
  return answer.status == 404 || answer.status == 410
             ? absl::NotFoundError(said)
             : absl::UnavailableError(said);
}

absl::StatusOr<std::string> Resolve(const ListedArtifact& artifact,
                                    HttpExchange& exchange) {
  const std::string name = FileNameInUrl(artifact.url);
  if (name.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "artifact.url \"", WithoutQuery(artifact.url),
        "\" does not end in the name of a file: there is nothing to look for"));
  }
  const bool is_file = absl::StartsWith(artifact.sha256_from, "file://");
  ASSIGN_OR_RETURN(std::string list,
                   is_file ? ReadFileList(artifact.sha256_from)
                           : ReadHttpList(artifact.sha256_from, exchange));
  return DigestOf(name, list);
}

}  // namespace

absl::StatusOr<std::string> ResolveDigest(const ListedArtifact& artifact,
                                          HttpExchange& exchange) {
  absl::StatusOr<std::string> digest = Resolve(artifact, exchange);
  if (digest.ok()) return digest;
  return WithContext(digest.status(), WithoutQuery(artifact.sha256_from));
}

}  // namespace rollout::gitops
