// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/host_values.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/placeholders.h"

namespace rollout::manifest {
namespace {

// Whether there is a certificate of that name is checked where those are read.
bool IsCertificateValue(absl::string_view name) {
  return absl::ConsumePrefix(&name, "certificates.") &&
         (absl::ConsumeSuffix(&name, ".certificate") ||
          absl::ConsumeSuffix(&name, ".key")) &&
         !name.empty();
}

bool IsKnown(absl::string_view name, HostValueScope scope,
             const std::vector<std::string>& listeners) {
  absl::string_view listener = name;
  if (absl::ConsumePrefix(&listener, "listener.")) {
    return std::find(listeners.begin(), listeners.end(), listener) !=
           listeners.end();
  }
  absl::string_view label = name;
  if (absl::ConsumePrefix(&label, "host.labels.")) return IsLabelName(label);
  if (name == "host.name" || name == "host.address") return true;
  if (scope == HostValueScope::kHost) return false;
  if (name == "artifact" || name == "revision" || name == "generation" ||
      name == "generation.dir") {
    return true;
  }
  if (IsCertificateValue(name)) return true;
  return scope == HostValueScope::kProbe && name == "probe.address";
}

std::string KnownValues(HostValueScope scope,
                        const std::vector<std::string>& listeners) {
  std::string known = "host.name, host.address, host.labels.NAME";
  if (scope == HostValueScope::kHost) return known;
  absl::StrAppend(&known,
                  ", artifact, revision, generation, generation.dir, "
                  "certificates.NAME.certificate, certificates.NAME.key");
  if (scope == HostValueScope::kProbe)
    absl::StrAppend(&known, ", probe.address");
  for (const std::string& listener : listeners) {
    absl::StrAppend(&known, ", listener.", listener);
  }
  return known;
}

}  // namespace

void CheckHostValues(const YamlValue& value, absl::string_view text,
                     HostValueScope scope,
                     const std::vector<std::string>& listeners) {
  auto names = FindPlaceholders(text);
  if (!names.ok()) {
    value.Error(names.status().message());
    return;
  }
  for (const std::string& name : *names) {
    if (IsKnown(name, scope, listeners)) continue;
    value.Error(absl::StrCat(
        "there is no host value \"${", name,
        "}\" here (there are: ", KnownValues(scope, listeners), ")"));
  }
}

bool IsLabelName(absl::string_view name) {
  if (name.empty() || name.size() > 63) return false;
  for (char c : name) {
    if (!absl::ascii_isalnum(c) && !absl::StrContains("-_./", c)) return false;
  }
  return true;
}

}  // namespace rollout::manifest
