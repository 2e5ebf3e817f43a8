// SPDX-License-Identifier: Apache-2.0

#include "tests/controller/manifest/reference/schema.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rollout::manifest {
namespace {

bool IsList(const Json& schema) { return schema["type"] == "array"; }

// A command's first word has another schema than the others.
const Json& ItemOf(const Json& schema) {
  const Json& items = schema["items"];
  return items.is_array() ? items[0] : items;
}

}  // namespace

Json ReadSchema() {
  std::ifstream file(kSchemaPath);
  EXPECT_TRUE(file.is_open()) << kSchemaPath;
  return Json::parse(file);
}

std::map<std::string, Json> Kinds(const Json& schema) {
  return schema["definitions"];
}

Json Smallest(const Json& schema) {
  if (schema.contains("examples")) return schema["examples"][0];
  if (schema.contains("enum")) return schema["enum"][0];
  if (schema["type"] == "array") {
    return Json::array({Smallest(ItemOf(schema))});
  }
  Json value = Json::object();
  auto add = [&](const Json& required) {
    for (const std::string name : required["required"]) {
      value[name] = Smallest(schema["properties"][name]);
    }
  };
  if (schema.contains("required")) add(schema);
  for (const Json& choices : schema.value("allOf", Json::array())) {
    // The last one may be: none of them.
    if (!choices["oneOf"].back().contains("not")) add(choices["oneOf"][0]);
  }
  return value;
}

void ForEachKey(const Json& schema, const std::string& path,
                const std::function<void(const std::string& path,
                                         const Json& schema)>& visit) {
  if (!schema.contains("properties")) return;
  for (const auto& [name, key] : schema["properties"].items()) {
    const std::string at = absl::StrCat(path, "/", name);
    visit(at, key);
    if (IsList(key)) {
      ForEachKey(ItemOf(key), at + "/0", visit);
    } else {
      ForEachKey(key, at, visit);
    }
  }
}

const Json& SchemaAt(const Json& schema, const Json::json_pointer& path) {
  if (path.empty()) return schema;
  const Json& above = SchemaAt(schema, path.parent_pointer());
  return IsList(above) ? ItemOf(above) : above["properties"][path.back()];
}

void Put(const Json& schema, const Json::json_pointer& path, const Json& value,
         Json* document) {
  const Json::json_pointer above = path.parent_pointer();
  if (!document->contains(above)) {
    Put(schema, above, Smallest(SchemaAt(schema, above)), document);
  }
  (*document)[path] = value;
}

Manifests Read(const Json& document) {
  return ReadManifests({{"manifest.json", document.dump()}});
}

}  // namespace rollout::manifest
