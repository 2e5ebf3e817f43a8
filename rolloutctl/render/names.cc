// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/names.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

std::vector<std::string> RawNames(v1::Kind kind, const v1::ListResponse& list) {
  std::vector<std::string> names;
  switch (kind) {
    case v1::PLANS:
      for (const auto& each : list.plans()) names.push_back(each.plan().name());
      break;
    case v1::HOSTS:
      for (const auto& each : list.hosts()) names.push_back(each.info().name());
      break;
    case v1::ROLLOUTS:
      for (const auto& each : list.rollouts()) {
        names.push_back(absl::StrCat(each.plan(), "/", each.number()));
      }
      break;
    case v1::REVISIONS:
      for (const auto& each : list.revisions()) {
        names.push_back(absl::StrCat(each.plan(), "/", each.number()));
      }
      break;
    case v1::SWAPS:
      for (const auto& each : list.swaps()) names.push_back(each.id());
      break;
    case v1::FREEZES:
      for (const auto& each : list.freezes()) {
        const auto& labels = each.hosts().match_labels();
        names.push_back(labels.empty() ? "all" : LabelText(labels));
      }
      break;
    case v1::SOURCES:
      for (const auto& each : list.sources()) names.push_back(each.name());
      break;
    default:
      break;
  }
  return names;
}

}  // namespace

std::string LabelText(
    const google::protobuf::Map<std::string, std::string>& labels) {
  // A protobuf map has no order.
  const std::map<std::string, std::string> sorted(labels.begin(), labels.end());
  return absl::StrJoin(sorted, ",", absl::PairFormatter("="));
}

bool HasNames(v1::Kind kind) { return kind != v1::EVENTS; }

std::vector<std::string> Names(v1::Kind kind, const v1::ListResponse& list) {
  std::vector<std::string> names = RawNames(kind, list);
  for (std::string& name : names) name = Printable(name);
  return names;
}

}  // namespace rollout::render
