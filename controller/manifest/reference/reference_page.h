// SPDX-License-Identifier: Apache-2.0
//
// The page that has every key of a manifest: its value, unit and default, and
// what it means.
//
// Pure functions, safe from any thread.

#ifndef CONTROLLER_MANIFEST_REFERENCE_REFERENCE_PAGE_H_
#define CONTROLLER_MANIFEST_REFERENCE_REFERENCE_PAGE_H_

#include <string>

#include "controller/manifest/reference/written_manifest.h"

namespace rollout::manifest {

// Markdown, for docs/reference.
std::string ReferencePage(const WrittenManifest& written);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_REFERENCE_REFERENCE_PAGE_H_
