// SPDX-License-Identifier: Apache-2.0

#include "base/yaml_reader.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/closest_name.h"

namespace rollout {
namespace {

using Kind = YamlNode::Kind;

constexpr size_t kErrorsShown = 10;
constexpr absl::Duration kLongestDuration = absl::Hours(24 * 366);

absl::string_view Name(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "a single value";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "";
}

std::string Join(absl::string_view path, absl::string_view key) {
  return path.empty() ? std::string(key) : absl::StrCat(path, ".", key);
}

}  // namespace

void YamlErrors::Add(const YamlNode& place, absl::string_view message) {
  errors_.push_back({place.line, place.column, std::string(message)});
}

std::vector<YamlError> YamlErrors::InOrder() const {
  std::vector<YamlError> sorted = errors_;
  std::stable_sort(
      sorted.begin(), sorted.end(), [](const YamlError& a, const YamlError& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
      });
  return sorted;
}

absl::Status YamlErrors::status() const {
  if (errors_.empty()) return absl::OkStatus();
  const std::vector<YamlError> sorted = InOrder();
  std::vector<std::string> lines;
  for (const YamlError& error : sorted) {
    if (lines.size() == kErrorsShown) {
      lines.push_back(absl::StrCat(
          file_, ": and ", sorted.size() - kErrorsShown, " more errors"));
      break;
    }
    lines.push_back(absl::StrCat(file_, ":", error.line, ":", error.column,
                                 ": ", error.message));
  }
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

void YamlValue::Error(absl::string_view message) const {
  errors_->Add(*place_, path_.empty() ? std::string(message)
                                      : absl::StrCat(path_, ": ", message));
}

const YamlNode* YamlValue::As(Kind kind, absl::string_view expected) const {
  if (node_ == nullptr) return nullptr;
  if (node_->kind == kind) return node_;
  Error(absl::StrCat("expected ", expected, ", found ", Name(node_->kind)));
  return nullptr;
}

std::string YamlValue::String(absl::string_view fallback) const {
  const YamlNode* node = As(Kind::kScalar, "text");
  if (node == nullptr) return std::string(fallback);
  if (absl::StrContains(node->text, absl::string_view("\0", 1))) {
    Error("a NUL character is not allowed");
    return std::string(fallback);
  }
  return node->text;
}

bool YamlValue::Bool(bool fallback) const {
  const YamlNode* node = As(Kind::kScalar, "true or false");
  if (node == nullptr) return fallback;
  if (node->text == "true") return true;
  if (node->text == "false") return false;
  Error(absl::StrCat("expected true or false, found \"", node->text, "\""));
  return fallback;
}

int64_t YamlValue::Integer(int64_t least, int64_t most,
                           int64_t fallback) const {
  const YamlNode* node = As(Kind::kScalar, "a whole number");
  if (node == nullptr) return fallback;
  int64_t number;
  bool decimal = !node->text.empty() &&
                 (absl::ascii_isdigit(node->text[0]) || node->text[0] == '-');
  if (!decimal || !absl::SimpleAtoi(node->text, &number)) {
    Error(absl::StrCat("expected a whole number, found \"", node->text, "\""));
    return fallback;
  }
  if (number < least || number > most) {
    Error(absl::StrCat(number, " is not from ", least, " to ", most));
    return fallback;
  }
  return number;
}

absl::Duration YamlValue::Duration(absl::Duration fallback) const {
  const YamlNode* node = As(Kind::kScalar, "a duration such as 30s");
  if (node == nullptr) return fallback;
  absl::Duration duration;
  if (!absl::ParseDuration(node->text, &duration)) {
    Error(
        absl::StrCat("expected a duration such as 500ms, 30s or 1m30s, "
                     "found \"",
                     node->text, "\""));
    return fallback;
  }
  if (duration < absl::ZeroDuration() || duration > kLongestDuration) {
    Error(absl::StrCat(node->text, " is not from 0s to a year (8784h)"));
    return fallback;
  }
  return duration;
}

std::vector<YamlValue> YamlValue::List() const {
  std::vector<YamlValue> items;
  const YamlNode* list = As(Kind::kList, "a list");
  if (list == nullptr) return items;
  for (size_t i = 0; i < list->children.size(); ++i) {
    const YamlNode* item = &list->children[i];
    items.push_back(
        YamlValue(item, item, absl::StrCat(path_, "[", i, "]"), errors_));
  }
  return items;
}

std::vector<std::string> YamlValue::Strings() const {
  std::vector<std::string> strings;
  for (const YamlValue& item : List()) strings.push_back(item.String());
  return strings;
}

std::vector<std::pair<std::string, YamlValue>> YamlValue::Entries() const {
  std::vector<std::pair<std::string, YamlValue>> entries;
  if (node_ == nullptr || node_->kind == Kind::kNull) return entries;
  const YamlNode* map = As(Kind::kMap, "a map");
  if (map == nullptr) return entries;
  for (size_t i = 0; i + 1 < map->children.size(); i += 2) {
    const std::string& key = map->children[i].text;
    const YamlNode* value = &map->children[i + 1];
    // A value that is not there has its key's place.
    const YamlNode* place =
        value->kind == Kind::kNull ? &map->children[i] : value;
    entries.emplace_back(key,
                         YamlValue(value, place, Join(path_, key), errors_));
  }
  return entries;
}

YamlMap::YamlMap(YamlValue value)
    : value_(std::move(value)),
      map_(value_.node_ == nullptr || value_.node_->kind == Kind::kNull
               ? nullptr
               : value_.As(Kind::kMap, "a map")) {}

YamlMap::~YamlMap() {
  if (map_ == nullptr) return;
  std::vector<std::string> known(known_.begin(), known_.end());
  for (size_t i = 0; i + 1 < map_->children.size(); i += 2) {
    const YamlNode& key = map_->children[i];
    if (known_.count(key.text) != 0) continue;
    std::string meant = ClosestName(key.text, known);
    value_.errors_->Add(
        key,
        absl::StrCat(
            "unknown key \"", key.text, "\"",
            value_.path_.empty() ? "" : " in ", value_.path_,
            meant.empty()
                ? absl::StrCat(" (known: ", absl::StrJoin(known, ", "), ")")
                : absl::StrCat(": did you mean \"", meant, "\"?")));
  }
}

YamlValue YamlMap::Get(absl::string_view key) {
  known_.insert(std::string(key));
  std::string path = Join(value_.path_, key);
  if (map_ != nullptr) {
    for (size_t i = 0; i + 1 < map_->children.size(); i += 2) {
      if (map_->children[i].text != key) continue;
      const YamlNode* value = &map_->children[i + 1];
      const YamlNode* place =
          value->kind == Kind::kNull ? &map_->children[i] : value;
      return YamlValue(value, place, path, value_.errors_);
    }
  }
  return YamlValue(nullptr, value_.place_, path, value_.errors_);
}

YamlValue YamlMap::Require(absl::string_view key) {
  YamlValue value = Get(key);
  bool empty = value_.node_ != nullptr && value_.node_->kind == Kind::kNull;
  if (!value.present() && (map_ != nullptr || empty)) {
    value.Error("is missing");
  }
  return value;
}

std::string OneOfText(const std::vector<absl::string_view>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    absl::string_view before = i == 0                  ? ""
                               : i + 1 == words.size() ? " or "
                                                       : ", ";
    absl::StrAppend(&text, before, "\"", words[i], "\"");
  }
  return text;
}

}  // namespace rollout
