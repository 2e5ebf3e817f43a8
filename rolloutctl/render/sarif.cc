// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/sarif.h"

#include <filesystem>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/version.h"
#include "nlohmann/json.hpp"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

using Json = nlohmann::ordered_json;

struct Rule {
  const char* id;
  const char* description;
};

// In the order of ManifestError::Rule.
constexpr Rule kRules[] = {
    {"Yaml", "The file is not the YAML that manifests are written in."},
    {"Field", "A field is unknown, missing or wrong."},
    {"Plans",
     "There is no plan, or there are two, or two sources, of one name."},
};

// The lines of each file.
using Lines = std::map<std::string, std::vector<absl::string_view>>;

Lines LinesOf(const std::vector<manifest::ManifestText>& texts) {
  Lines lines;
  for (const manifest::ManifestText& text : texts) {
    lines[text.path] = absl::StrSplit(text.content, '\n');
  }
  return lines;
}

// In characters, from 1.
int ColumnOf(const manifest::ManifestPlace& place, const Lines& lines) {
  auto file = lines.find(place.path);
  const size_t line = place.line - 1;
  if (file == lines.end() || line >= file->second.size()) return place.column;
  return Columns(file->second[line].substr(0, place.column - 1)) + 1;
}

// As RFC 3986 wants it.
std::string UriOf(const std::string& path) {
  const std::filesystem::path normal =
      std::filesystem::path(path).lexically_normal();
  std::string uri = normal.is_absolute() ? "file://" : "";
  for (char c : normal.string()) {
    const bool plain =
        absl::ascii_isalnum(c) ||
        absl::string_view("-._~/").find(c) != absl::string_view::npos;
    absl::StrAppend(
        &uri, plain ? std::string(1, c) : absl::StrFormat("%%%02X", c & 0xFF));
  }
  return uri;
}

Json Driver() {
  Json rules = Json::array();
  for (const Rule& rule : kRules) {
    rules.push_back(
        {{"id", rule.id}, {"shortDescription", {{"text", rule.description}}}});
  }
  return {{"name", "rolloutctl"}, {"version", kVersion}, {"rules", rules}};
}

Json Result(const manifest::ManifestError& error, const Lines& lines) {
  const auto rule = static_cast<size_t>(error.rule);
  const Json region = {{"startLine", error.place.line},
                       {"startColumn", ColumnOf(error.place, lines)}};
  const Json location = {
      {"physicalLocation",
       {{"artifactLocation", {{"uri", UriOf(error.place.path)}}},
        {"region", region}}}};
  return {{"ruleId", kRules[rule].id},
          {"ruleIndex", rule},
          {"level", "error"},
          {"message", {{"text", error.message}}},
          {"locations", Json::array({location})}};
}

}  // namespace

std::string Sarif(const std::vector<manifest::ManifestError>& errors,
                  const std::vector<manifest::ManifestText>& texts) {
  const Lines lines = LinesOf(texts);
  Json results = Json::array();
  for (const manifest::ManifestError& error : errors) {
    results.push_back(Result(error, lines));
  }
  const Json run = {{"tool", {{"driver", Driver()}}},
                    {"columnKind", "unicodeCodePoints"},
                    {"results", results}};
  const Json log = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs", Json::array({run})}};
  // A message may name a path, which may be no text.
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rollout::render
