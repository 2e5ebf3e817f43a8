// SPDX-License-Identifier: Apache-2.0

#include "base/checked_file.h"

#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "base/status_macros.h"

namespace rollout {

absl::Status WriteCheckedFile(FileSystem& files, absl::string_view path,
                              absl::string_view content) {
  return files.WriteAtomically(path,
                               absl::StrCat(Sha256Of(content), "\n", content));
}

absl::StatusOr<std::string> ReadCheckedFile(FileSystem& files,
                                            absl::string_view path) {
  ASSIGN_OR_RETURN(std::string whole, files.Read(path));
  size_t line = whole.find('\n');
  if (line == std::string::npos || Sha256Of(absl::string_view(whole).substr(
                                       line + 1)) != whole.substr(0, line)) {
    return absl::DataLossError(
        absl::StrCat(path, " is damaged: its content is not what was written"));
  }
  return whole.substr(line + 1);
}

absl::StatusOr<std::string> SetAside(FileSystem& files, absl::string_view path,
                                     absl::Time now) {
  std::string aside = absl::StrCat(
      path, ".corrupt-",
      absl::FormatTime("%Y%m%dT%H%M%SZ", now, absl::UTCTimeZone()));
  RETURN_IF_ERROR(files.Rename(path, aside));
  return aside;
}

}  // namespace rollout
