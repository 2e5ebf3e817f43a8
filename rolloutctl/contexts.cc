// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/contexts.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/closest_name.h"
#include "base/host_port.h"
#include "base/status_macros.h"
#include "base/yaml_document.h"
#include "base/yaml_reader.h"

namespace rollout::ctl {
namespace {

constexpr size_t kLongestName = 63;

bool IsName(absl::string_view text) {
  const auto is_fine = [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kLongestName &&
         absl::ascii_isalnum(text[0]) &&
         std::all_of(text.begin(), text.end(), is_fine);
}

std::string ReadAddress(const YamlValue& value) {
  std::string text = value.String();
  if (value.present()) {
    auto parsed = ParseHostPort(text);
    if (!parsed.ok()) value.Error(parsed.status().message());
  }
  return text;
}

// The path of a file as the file at `config` means it.
std::string ReadPath(const YamlValue& value, const std::string& config) {
  const std::filesystem::path path = value.String();
  if (path.empty()) return "";
  return (std::filesystem::path(config).parent_path() / path).string();
}

ConnectionSettings ReadSettings(const YamlValue& value,
                                const std::string& config) {
  ConnectionSettings settings;
  YamlMap map(value);
  settings.controller = ReadAddress(map.Require("controller"));
  const YamlValue insecure = map.Get("insecureLoopback");
  settings.insecure_loopback = insecure.Bool(false);
  YamlMap tls(map.Get("tls"));
  settings.ca = ReadPath(tls.Get("ca"), config);
  settings.certificate = ReadPath(tls.Get("certificate"), config);
  settings.key = ReadPath(tls.Get("key"), config);
  if (settings.insecure_loopback && settings.has_any_file()) {
    insecure.Error("tls names certificates as well: take one of both away");
  }
  return settings;
}

absl::StatusOr<YamlNode> ParseDocument(const std::string& path,
                                       absl::string_view text) {
  ASSIGN_OR_RETURN(std::vector<YamlNode> documents, ParseYaml(path, text));
  if (documents.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ":", documents[1].line, ":1: a second document: keep one"));
  }
  return documents.empty() ? YamlNode() : documents[0];
}

bool Same(const Context& a, const Context& b) {
  const auto fields = [](const Context& context) {
    const ConnectionSettings& settings = context.settings;
    return std::tie(context.name, settings.controller, settings.ca,
                    settings.certificate, settings.key,
                    settings.insecure_loopback);
  };
  return fields(a) == fields(b);
}

// Where the value that `rest` begins with ends: at a comment, or the line's
// end.
size_t ValueEnd(absl::string_view rest) {
  const size_t from = rest.find_first_not_of(' ');
  if (from == rest.npos || rest[from] == '#') return 0;
  size_t end = std::min(rest.find(" #", from), rest.size());
  if (rest[from] == '"' || rest[from] == '\'') {
    end = std::min(rest.find(rest[from], from + 1), rest.size() - 1) + 1;
  }
  while (end > 0 && absl::ascii_isspace(rest[end - 1])) --end;
  return end;
}

// The text with the line for the current one changed, or put in before the
// first key. Where the file is an uncommon one, what comes out may be wrong.
std::string Edit(const YamlNode& document, absl::string_view text,
                 const std::string& name) {
  constexpr absl::string_view kKey = "current:";
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  const std::string line = absl::StrCat(kKey, " ", name);
  for (absl::string_view& old : lines) {
    absl::string_view rest = old;
    if (!absl::ConsumePrefix(&rest, kKey)) continue;
    const std::string changed = absl::StrCat(line, rest.substr(ValueEnd(rest)));
    old = changed;
    return absl::StrJoin(lines, "\n");
  }
  lines.insert(lines.begin() + document.line - 1, line);
  return absl::StrJoin(lines, "\n");
}

}  // namespace

absl::StatusOr<Context> Contexts::Find(const std::string& name) const {
  std::vector<std::string> names;
  for (const Context& each : all) {
    if (each.name == name) return each;
    names.push_back(each.name);
  }
  const std::string closest = ClosestName(name, names);
  return absl::NotFoundError(absl::StrCat(
      path, ": there is no context \"", name, "\"",
      closest.empty() ? "" : absl::StrCat(", did you mean ", closest, "?"),
      " (there are: ", names.empty() ? "none" : absl::StrJoin(names, ", "),
      ")"));
}

absl::StatusOr<Contexts> ParseContexts(const std::string& path,
                                       absl::string_view text) {
  ASSIGN_OR_RETURN(YamlNode document, ParseDocument(path, text));
  Contexts contexts;
  contexts.path = path;
  YamlErrors errors(path);
  {
    YamlMap map(YamlValue(&document, &errors));
    contexts.current = map.Get("current").String();
    for (const auto& [name, value] : map.Get("contexts").Entries()) {
      if (!IsName(name)) {
        value.Error(
            "no name for a context: take letters, digits, '-', '_' and '.', "
            "at most 63, and begin with a letter or digit");
      }
      contexts.all.push_back({name, ReadSettings(value, path)});
    }
  }
  RETURN_IF_ERROR(errors.status());
  return contexts;
}

absl::StatusOr<std::string> WithCurrent(const std::string& path,
                                        absl::string_view text,
                                        const std::string& name) {
  ASSIGN_OR_RETURN(Contexts contexts, ParseContexts(path, text));
  RETURN_IF_ERROR(contexts.Find(name).status());
  ASSIGN_OR_RETURN(YamlNode document, ParseDocument(path, text));
  std::string edited = Edit(document, text, name);
  auto after = ParseContexts(path, edited);
  if (after.ok() && after->current == name &&
      std::equal(after->all.begin(), after->all.end(), contexts.all.begin(),
                 contexts.all.end(), Same)) {
    return edited;
  }
  return absl::FailedPreconditionError(absl::StrCat(
      path,
      ": \"current\" is written in a way that only you can change: "
      "write \"current: ",
      name, "\" on a line of its own"));
}

}  // namespace rollout::ctl
