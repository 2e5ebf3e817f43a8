// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/manifest.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "base/yaml_document.h"
#include "base/yaml_reader.h"
#include "controller/manifest/host_values.h"
#include "controller/manifest/names.h"
#include "controller/manifest/output_reader.h"
#include "controller/manifest/service_reader.h"
#include "controller/manifest/strategy_reader.h"

namespace rollout::manifest {
namespace {

constexpr size_t kMaxLabelBytes = 256;
constexpr size_t kErrorsListed = 10;

v1::HostSelector ReadHosts(const YamlValue& value) {
  v1::HostSelector selector;
  YamlMap map(value);
  // Required: "every host" is written matchLabels: {}, never by omission.
  for (const auto& [name, item] : map.Require("matchLabels").Entries()) {
    if (!IsLabelName(name)) {
      item.Error(absl::StrCat("\"", name,
                              "\" can't be a label: use at most 63 letters, "
                              "digits, '-', '_', '.' or '/'"));
    }
    std::string text = item.String();
    if (text.size() > kMaxLabelBytes) {
      item.Error(absl::StrCat("is longer than ", kMaxLabelBytes, " bytes"));
    }
    (*selector.mutable_match_labels())[name] = text;
  }
  return selector;
}

v1::PlanSpec ReadSpec(const YamlValue& value) {
  v1::PlanSpec spec;
  YamlMap map(value);
  *spec.mutable_hosts() = ReadHosts(map.Require("hosts"));
  *spec.mutable_service() = ReadService(map.Require("service"));
  *spec.mutable_strategy() = ReadStrategy(map.Get("strategy"), spec.service());
  YamlValue output = map.Get("output");
  if (output.present()) *spec.mutable_output() = ReadOutput(output);
  return spec;
}

// Nothing but what guards nobody: whom a source trusts, the repository must not
// say.
SyncSettings ReadSyncSettings(const YamlValue& value) {
  SyncSettings settings;
  YamlMap map(value);
  auto read = [&map](absl::string_view key) -> std::optional<bool> {
    const YamlValue setting = map.Get(key);
    if (!setting.present()) return std::nullopt;
    return setting.Bool(false);
  };
  settings.self_heal = read("selfHeal");
  settings.prune = read("prune");
  settings.allow_empty = read("allowEmpty");
  return settings;
}

void ReadDocument(const YamlValue& document, const ManifestPlace& place,
                  Manifests* read) {
  enum class Kind { kPlan, kSource };
  YamlMap map(document);
  map.Require("apiVersion").OneOf<int>({{"rollout/v1", 1}}, 1);
  const Kind kind = map.Require("kind").OneOf<Kind>(
      {{"Plan", Kind::kPlan}, {"Source", Kind::kSource}}, Kind::kPlan);
  YamlMap metadata(map.Require("metadata"));
  std::string name = ReadName(metadata.Require("name"));
  const YamlValue spec = map.Require("spec");
  switch (kind) {
    case Kind::kPlan:
      read->plans.push_back({std::move(name), ReadSpec(spec), place});
      break;
    case Kind::kSource:
      read->sources.push_back({std::move(name), ReadSyncSettings(spec), place});
      break;
  }
}

// Appends what is in one file and its errors.
void ReadFile(const ManifestText& manifest, Manifests* read) {
  const YamlText text = ReadYaml(manifest.content);
  auto add = [&](const YamlError& error, ManifestError::Rule rule) {
    read->errors.push_back(
        {{manifest.path, error.line, error.column}, rule, error.message});
  };
  if (text.error) return add(*text.error, ManifestError::Rule::kYaml);
  YamlErrors errors(manifest.path);
  for (const YamlNode& document : text.documents) {
    ReadDocument(YamlValue(&document, &errors),
                 {manifest.path, document.line, document.column}, read);
  }
  for (const YamlError& error : errors.InOrder()) {
    add(error, ManifestError::Rule::kField);
  }
}

void AddError(const ManifestPlace& place, std::string message,
              Manifests* read) {
  read->errors.push_back(
      {place, ManifestError::Rule::kPlans, std::move(message)});
}

// Of `documents`, those that have the name of one before. Without a name there
// was an error already.
template <typename Document>
void CheckNames(absl::string_view kind, const std::vector<Document>& documents,
                Manifests* read) {
  std::map<std::string, ManifestPlace> places;
  for (const Document& document : documents) {
    auto [first, added] = places.emplace(document.name, document.place);
    if (added || document.name.empty()) continue;
    AddError(document.place,
             absl::StrCat(kind, " \"", document.name, "\" is defined at ",
                          ToString(first->second), " too: keep one"),
             read);
  }
}

// What is wrong that only shows in all of them together.
void CheckTogether(const std::vector<ManifestText>& manifests,
                   Manifests* read) {
  CheckNames("plan", read->plans, read);
  CheckNames("source", read->sources, read);
  if (read->plans.empty() && read->sources.empty() && read->errors.empty()) {
    AddError({manifests.empty() ? "-" : manifests.front().path},
             "there is no plan here: begin with apiVersion: rollout/v1", read);
  }
}

// One a line. After the first ten of a file only how many there are.
std::string Listed(const std::vector<ManifestError>& errors) {
  std::map<std::string, size_t> counts;
  std::vector<std::string> lines;
  for (const ManifestError& error : errors) {
    if (++counts[error.place.path] <= kErrorsListed) {
      lines.push_back(ToString(error));
    }
  }
  for (const auto& [path, count] : counts) {
    if (count <= kErrorsListed) continue;
    lines.push_back(
        absl::StrCat(path, ": and ", count - kErrorsListed, " more errors"));
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace

std::string ToString(const ManifestPlace& place) {
  return absl::StrCat(place.path, ":", place.line, ":", place.column);
}

std::string ToString(const ManifestError& error) {
  return absl::StrCat(ToString(error.place), ": ", error.message);
}

Manifests ReadManifests(const std::vector<ManifestText>& manifests) {
  Manifests read;
  for (const ManifestText& manifest : manifests) ReadFile(manifest, &read);
  CheckTogether(manifests, &read);
  return read;
}

absl::StatusOr<std::vector<ParsedPlan>> ParseManifests(
    const std::vector<ManifestText>& manifests) {
  Manifests read = ReadManifests(manifests);
  if (read.plans.empty() && read.errors.empty()) {
    AddError(read.sources.front().place,
             "there is no plan here: a document of kind Source is for the "
             "repository that a source of the controller follows",
             &read);
  }
  if (read.errors.empty()) return std::move(read.plans);
  return absl::InvalidArgumentError(Listed(read.errors));
}

}  // namespace rollout::manifest
