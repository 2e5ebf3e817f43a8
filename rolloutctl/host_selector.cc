// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/host_selector.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rollout::ctl {

Flag& AddSelector(CommandParser& command, std::string& selector) {
  return command.AddFlag("-l,--selector", selector,
                         "Only hosts with these labels: NAME=VALUE,...");
}

absl::StatusOr<v1::HostSelector> ParseSelector(const std::string& text) {
  v1::HostSelector hosts;
  if (text.empty()) return hosts;
  for (absl::string_view label : absl::StrSplit(text, ',')) {
    std::pair<std::string, std::string> pair =
        absl::StrSplit(label, absl::MaxSplits('=', 1));
    const bool is_pair = label.find('=') != label.npos && !pair.first.empty();
    if (!is_pair || hosts.match_labels().contains(pair.first)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--selector ", text, ": \"", label,
          is_pair ? "\" names a label that stands there already"
                  : "\" is no label, which is written NAME=VALUE"));
    }
    (*hosts.mutable_match_labels())[pair.first] = pair.second;
  }
  return hosts;
}

bool Matches(const v1::HostSelector& selector, const v1::HostInfo& host) {
  for (const auto& [name, value] : selector.match_labels()) {
    const auto label = host.labels().find(name);
    if (label == host.labels().end() || label->second != value) return false;
  }
  return true;
}

}  // namespace rollout::ctl
