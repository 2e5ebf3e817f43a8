// SPDX-License-Identifier: Apache-2.0
//
// Manifests: the YAML people write, as the plans the controller keeps. Strict
// and complete: what comes out needs no further check but against the fleet,
// and every default is written out. See docs/formats/manifest.md.
//
// Pure functions, safe from any thread.

#ifndef CONTROLLER_MANIFEST_MANIFEST_H_
#define CONTROLLER_MANIFEST_MANIFEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

struct ManifestText {
  // As the user named it; errors show it.
  std::string path;
  // YAML, one or more documents.
  std::string content;
};

struct ParsedPlan {
  std::string name;
  v1::PlanSpec spec;
  // "FILE:LINE:COLUMN" of its document.
  std::string place;
};

// The plans of all files, in their order. InvalidArgument: a line for each of
// the first errors of every file, "FILE:LINE:COLUMN: what is wrong, and what is
// right"; also for two plans of one name, and for no plan at all.
absl::StatusOr<std::vector<ParsedPlan>> ParseManifests(
    const std::vector<ManifestText>& manifests);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_MANIFEST_H_
