// SPDX-License-Identifier: Apache-2.0
//
// The checked-in schema, and documents made by it alone.

#ifndef TESTS_CONTROLLER_MANIFEST_REFERENCE_SCHEMA_H_
#define TESTS_CONTROLLER_MANIFEST_REFERENCE_SCHEMA_H_

#include <functional>
#include <map>
#include <string>

#include "controller/manifest/manifest.h"
#include "nlohmann/json.hpp"

namespace rollout::manifest {

using Json = ::nlohmann::json;

inline constexpr char kSchemaPath[] = "docs/reference/manifest.schema.json";

// Of docs/reference; fails the test when it is not there.
Json ReadSchema();

// A schema for each kind of document, by its name.
std::map<std::string, Json> Kinds(const Json& schema);

// The smallest value that `schema` takes, of its examples.
Json Smallest(const Json& schema);

// Calls `visit` with the schema of each key below `schema`, and where it is:
// "/spec/service/endpoints/0/name".
void ForEachKey(const Json& schema, const std::string& path,
                const std::function<void(const std::string& path,
                                         const Json& schema)>& visit);

// The schema of what is at `path` in a document of this schema.
const Json& SchemaAt(const Json& schema, const Json::json_pointer& path);

// Puts it at `path` in the document, and above it what is not there yet, as
// small as it can be.
void Put(const Json& schema, const Json::json_pointer& path, const Json& value,
         Json* document);

// Reads what JSON has of YAML.
Manifests Read(const Json& document);

}  // namespace rollout::manifest

#endif  // TESTS_CONTROLLER_MANIFEST_REFERENCE_SCHEMA_H_
