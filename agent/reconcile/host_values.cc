// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/host_values.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/placeholders.h"

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
  absl::StatusOr<std::string> expanded = ReplacePlaceholders(text, values);
  if (expanded.ok()) return expanded;
  return absl::Status(
      expanded.status().code(),
      absl::StrCat(expanded.status().message(),
                   " on this host: give the host that label in its agent's "
                   "configuration, or take it out of the plan"));
}

}  // namespace rollout::agent
