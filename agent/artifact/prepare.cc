// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/prepare.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/artifact/sealed_tree.h"
#include "base/http_url.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::artifact {
namespace {

bool IsDigest(absl::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

absl::Status CheckProgram(int fd) {
  char head[4] = {};
  ssize_t got = pread(fd, head, sizeof head, 0);
  absl::string_view begin(head, std::max<ssize_t>(got, 0));
  if (begin == "\x7f\x45LF" || absl::StartsWith(begin, "#!")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the artifact is not executable: it begins with \"",
                   absl::CHexEscape(begin),
                   "\", neither an ELF header nor \"#!\"; set format: tar?"));
}

absl::Status MakeProgram(int fd, const std::string& download,
                         const std::string& program) {
  RETURN_IF_ERROR(CheckProgram(fd));
  if (fchmod(fd, 0755) != 0 || rename(download.c_str(), program.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", program));
  }
  return absl::OkStatus();
}

absl::Status MakeFiles(int fd, const std::string& download,
                       const std::string& files, const UnpackLimits& limits) {
  RETURN_IF_ERROR(MakeOpenDirectory(files));
  RETURN_IF_ERROR(UnpackTar(fd, files, limits));
  return RemoveTree(download);
}

}  // namespace

absl::Status CheckArtifact(const v1::Artifact& artifact) {
  if (!IsDigest(artifact.sha256())) {
    return absl::InvalidArgumentError(
        absl::StrCat("artifact.sha256: \"", artifact.sha256(),
                     "\" is not 64 lower-case hexadecimal digits"));
  }
  if (EntryName(artifact).empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("artifact.format: this agent does not know format ",
                     artifact.format(), "; it knows executable and tar"));
  }
  return absl::OkStatus();
}

std::string EntryName(const v1::Artifact& artifact) {
  switch (artifact.format()) {
    case v1::Artifact::EXECUTABLE:
      return "program";
    case v1::Artifact::TAR:
      return "files";
    default:
      return "";
  }
}

absl::Status Prepare(const v1::Artifact& artifact, const std::string& directory,
                     const PrepareSettings& settings) {
  const std::string download = directory + "/download";
  const std::string whole = directory + "/whole";
  const std::string entry = absl::StrCat(whole, "/", EntryName(artifact));
  ASSIGN_OR_RETURN(UniqueFd fd, Download(artifact.url(), artifact.sha256(),
                                         download, settings.download));
  RETURN_IF_ERROR(MakeOpenDirectory(whole));
  absl::Status made =
      artifact.format() == v1::Artifact::TAR
          ? MakeFiles(fd.get(), download, entry, settings.unpack)
          : MakeProgram(fd.get(), download, entry);
  RETURN_IF_ERROR(WithContext(made, WithoutQuery(artifact.url())));
  RETURN_IF_ERROR(SealTree(entry));
  return SyncDirectory(whole);
}

}  // namespace rollout::artifact
