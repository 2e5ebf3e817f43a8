// SPDX-License-Identifier: Apache-2.0
//
// The schema and the reader know the same keys. Of an unknown key the reader
// says which it knows: so each map of a document gets one.

#include <map>
#include <regex>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/manifest/reference/schema.h"

namespace rollout::manifest {
namespace {

using ::testing::ContainerEq;

// To the path of a map its keys.
using Keys = std::map<std::string, std::set<std::string>>;

// Like none of the keys, so that the reader names all of them.
constexpr char kStranger[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

// "spec.service.endpoints[0]" of "/spec/service/endpoints/0".
std::string ReaderPath(const std::string& path) {
  return absl::StrReplaceAll(path.substr(path.empty() ? 0 : 1),
                             {{"/0", "[0]"}, {"/", "."}});
}

Keys KeysOf(const Json& schema) {
  Keys keys;
  auto add = [&](const std::string& path, const Json& map) {
    if (map.contains("items")) {
      if (map["items"].contains("properties")) keys[path + "[0]"];
    } else if (map.contains("properties") ||
               map.value("additionalProperties", Json()) == false) {
      keys[path];
    }
  };
  add("", schema);
  ForEachKey(schema, "", [&](const std::string& path, const Json& key) {
    add(ReaderPath(path), key);
    const std::string reader_path = ReaderPath(path);
    const size_t dot = reader_path.rfind('.');
    const bool at_top = dot == std::string::npos;
    keys[at_top ? "" : reader_path.substr(0, dot)].insert(
        at_top ? reader_path : reader_path.substr(dot + 1));
  });
  return keys;
}

// Every map is there, with a stranger in it.
Json WithStrangers(const Json& schema, const Keys& keys) {
  Json document = Smallest(schema);
  for (const auto& [path, names] : keys) {
    const std::string pointer = absl::StrReplaceAll(
        path.empty() ? "" : "/" + path, {{"[0]", "/0"}, {".", "/"}});
    Put(schema, Json::json_pointer(absl::StrCat(pointer, "/", kStranger)), 1,
        &document);
  }
  return document;
}

Keys KeysOfTheReader(const Json& document) {
  const std::regex unknown(absl::StrCat("unknown key \"", kStranger,
                                        "\"(?: in (.*))? \\(known: (.*)\\)"));
  Keys keys;
  for (const ManifestError& error : Read(document).errors) {
    std::smatch found;
    if (!std::regex_match(error.message, found, unknown)) continue;
    const std::string names = found[2];
    keys[found[1]] = absl::StrSplit(names, ", ", absl::SkipEmpty());
  }
  return keys;
}

TEST(Keys, TheSchemaAndTheReaderKnowTheSame) {
  for (const auto& [kind, schema] : Kinds(ReadSchema())) {
    SCOPED_TRACE(kind);
    const Keys keys = KeysOf(schema);
    Keys expected = keys;
    Json document = WithStrangers(schema, keys);
    if (kind == "Plan") {
      // `upgrade` is read with it alone.
      document["spec"]["service"]["handover"] = "signal";
      // Which the reader knows to say why they are not for this.
      expected["spec.service.liveness"].insert({"notify", "listening"});
      EXPECT_GT(keys.size(), 25);
    }
    EXPECT_THAT(KeysOfTheReader(document), ContainerEq(expected));
  }
}

}  // namespace
}  // namespace rollout::manifest
