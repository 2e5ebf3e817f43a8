// SPDX-License-Identifier: Apache-2.0
//
// The JSON Schema of manifests, for editors and whatever else checks YAML as it
// is typed. It knows what each value looks like; what depends on several values
// is for the reader to tell.
//
// Pure functions, safe from any thread.

#ifndef CONTROLLER_MANIFEST_REFERENCE_JSON_SCHEMA_H_
#define CONTROLLER_MANIFEST_REFERENCE_JSON_SCHEMA_H_

#include <string>

#include "controller/manifest/reference/written_manifest.h"

namespace rollout::manifest {

// JSON of draft-07. Every scalar is text to us, but YAML makes numbers and
// booleans of some: those types are allowed where such a text would be. A plain
// 0 for a duration, which the reader takes, is not: that an editor asks for the
// unit of any other number is worth more.
std::string JsonSchema(const WrittenManifest& written);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_REFERENCE_JSON_SCHEMA_H_
