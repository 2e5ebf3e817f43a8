// SPDX-License-Identifier: Apache-2.0

#include "tests/deploy/deployed_file.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file_system.h"
#include "base/status_macros.h"

namespace rollout::deploy {

absl::StatusOr<std::string> DeployedFile(absl::string_view path,
                                         const Replacements& replacements) {
  PosixFileSystem files;
  ASSIGN_OR_RETURN(
      std::string text,
      files.Read(absl::StrCat(std::filesystem::current_path().string(),
                              "/deploy/", path)));
  for (const auto& [from, to] : replacements) {
    if (absl::StrReplaceAll({{from, to}}, &text) == 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("deploy/", path, " has no \"", from, "\""));
    }
  }
  return text;
}

}  // namespace rollout::deploy
