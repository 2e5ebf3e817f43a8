// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/manifest.h"

#include <map>
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

ParsedPlan ReadPlan(const YamlValue& document) {
  ParsedPlan plan;
  YamlMap map(document);
  map.Require("apiVersion").OneOf<int>({{"rollout/v1", 1}}, 1);
  map.Require("kind").OneOf<int>({{"Plan", 1}}, 1);
  YamlMap metadata(map.Require("metadata"));
  plan.name = ReadName(metadata.Require("name"));
  plan.spec = ReadSpec(map.Require("spec"));
  return plan;
}

// Appends the plans of one file. InvalidArgument: its errors.
absl::Status ParseFile(const ManifestText& manifest,
                       std::vector<ParsedPlan>* plans) {
  auto documents = ParseYaml(manifest.path, manifest.content);
  if (!documents.ok()) return documents.status();
  YamlErrors errors(manifest.path);
  for (const YamlNode& document : *documents) {
    plans->push_back(ReadPlan(YamlValue(&document, &errors)));
    plans->back().place =
        absl::StrCat(manifest.path, ":", document.line, ":", document.column);
  }
  return errors.status();
}

}  // namespace

absl::StatusOr<std::vector<ParsedPlan>> ParseManifests(
    const std::vector<ManifestText>& manifests) {
  std::vector<ParsedPlan> plans;
  std::vector<std::string> errors;
  for (const ManifestText& manifest : manifests) {
    absl::Status status = ParseFile(manifest, &plans);
    if (!status.ok()) errors.emplace_back(status.message());
  }
  std::map<std::string, std::string> places;
  for (const ParsedPlan& plan : plans) {
    auto [first, added] = places.emplace(plan.name, plan.place);
    if (added || plan.name.empty()) continue;
    errors.push_back(absl::StrCat(plan.place, ": plan \"", plan.name,
                                  "\" is defined at ", first->second,
                                  " too: keep one"));
  }
  if (plans.empty() && errors.empty()) {
    errors.push_back(absl::StrCat(
        manifests.empty() ? "-" : manifests.front().path,
        ":1:1: there is no plan here: begin with apiVersion: rollout/v1"));
  }
  if (errors.empty()) return plans;
  return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
}

}  // namespace rollout::manifest
