// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/output_flag.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace rollout::ctl {
namespace {

using Word = std::pair<const char*, render::Format>;

std::vector<Word> WordsOf(OutputFlag::Forms forms) {
  if (forms == OutputFlag::Forms::kOfOne) {
    return {{"table", render::Format::kTable},
            {"json", render::Format::kJson},
            {"yaml", render::Format::kYaml}};
  }
  return {{"table", render::Format::kTable},
          {"wide", render::Format::kWide},
          {"json", render::Format::kJson},
          {"yaml", render::Format::kYaml},
          {"name", render::Format::kName}};
}

std::string Joined(OutputFlag::Forms forms, const char* separator) {
  return absl::StrJoin(
      WordsOf(forms), separator,
      [](std::string* out, const Word& word) { out->append(word.first); });
}

}  // namespace

void OutputFlag::Register(CommandParser& command) {
  command.AddFlag("-o,--output", text_, "How to print it")
      .Type(Joined(forms_, "|"))
      .ShowDefault();
}

absl::StatusOr<render::Format> OutputFlag::format() const {
  for (const auto& [word, format] : WordsOf(forms_)) {
    if (text_ == word) return format;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--output: there is no format \"", text_,
                   "\" (there are: ", Joined(forms_, ", "), ")"));
}

}  // namespace rollout::ctl
