// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/output_flag.h"

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"

namespace rollout::ctl {

void OutputFlag::Register(CLI::App& command) {
  command.add_option("-o,--output", text_, "table, json or yaml")
      ->capture_default_str();
}

absl::StatusOr<render::Format> OutputFlag::format() const {
  if (text_ == "table") return render::Format::kTable;
  if (text_ == "json") return render::Format::kJson;
  if (text_ == "yaml") return render::Format::kYaml;
  return absl::InvalidArgumentError(
      absl::StrCat("--output: there is no format \"", text_,
                   "\" (there are: table, json, yaml)"));
}

}  // namespace rollout::ctl
