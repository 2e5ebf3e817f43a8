// SPDX-License-Identifier: Apache-2.0

#include "base/command_line.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/version.h"

namespace rollout {

absl::StatusOr<std::string> ParseCommandLine(CommandParser& parser,
                                             const std::string& name, int argc,
                                             const char* const* argv) {
  parser.AddVersion(absl::StrCat(name, " ", kVersion));
  absl::StatusOr<std::string> text = parser.Parse({argv + 1, argv + argc});
  if (text.ok()) return text;
  return absl::InvalidArgumentError(
      absl::StrCat(text.status().message(), ": see --help"));
}

}  // namespace rollout
