// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/host_values.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rollout::agent {

HostValues ValuesOf(const v1::HostInfo& host) {
  HostValues values = {{"host.name", host.name()},
                       {"host.address", host.address()}};
  for (const auto& [name, value] : host.labels()) {
    values[absl::StrCat("host.labels.", name)] = value;
  }
  return values;
}

absl::StatusOr<std::string> Expand(absl::string_view text,
                                   const HostValues& values) {
  std::string expanded;
  for (;;) {
    size_t start = text.find("${");
    absl::StrAppend(&expanded, text.substr(0, start));
    if (start == absl::string_view::npos) return expanded;
    text.remove_prefix(start + 2);
    size_t end = text.find('}');
    if (end == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"${", text, "\" has no closing brace"));
    }
    auto value = values.find(std::string(text.substr(0, end)));
    if (value == values.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "${", text.substr(0, end),
          "} has no value on this host: give the host that label in its "
          "agent's configuration, or take it out of the plan"));
    }
    absl::StrAppend(&expanded, value->second);
    text.remove_prefix(end + 1);
  }
}

}  // namespace rollout::agent
