// SPDX-License-Identifier: Apache-2.0
//
// Manifests: the YAML people write, as the plans the controller keeps, and what
// a repository says of how it is followed. Strict and complete: what comes out
// needs no further check but against the fleet, and every default of a plan is
// written out. See docs/formats/manifest.md.
//
// Pure functions, safe from any thread.

#ifndef CONTROLLER_MANIFEST_MANIFEST_H_
#define CONTROLLER_MANIFEST_MANIFEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "controller/manifest/sync_settings.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

struct ManifestText {
  // As the user named it; errors show it.
  std::string path;
  // YAML, one or more documents.
  std::string content;
};

struct ManifestPlace {
  std::string path;
  // Counted from 1; columns in bytes.
  int line = 1;
  int column = 1;
};

struct ParsedPlan {
  std::string name;
  v1::PlanSpec spec;
  // Where its document begins.
  ManifestPlace place;
};

// A document of kind Source: for the repository that a source follows.
struct ParsedSource {
  std::string name;
  SyncSettings settings;
  // Where its document begins.
  ManifestPlace place;
};

struct ManifestError {
  enum class Rule {
    // The text is not YAML, or not all of it is allowed here.
    kYaml,
    // A field is unknown, missing or wrong.
    kField,
    // No plan at all, or two, or two sources, of one name.
    kPlans,
  };

  ManifestPlace place;
  Rule rule = Rule::kField;
  // What is wrong, and what is right.
  std::string message;
};

// "FILE:LINE:COLUMN".
std::string ToString(const ManifestPlace& place);

// "FILE:LINE:COLUMN: what is wrong, and what is right".
std::string ToString(const ManifestError& error);

struct Manifests {
  // In the order of the files. Where there are errors, as far as they could be
  // read: to tell of, not to apply.
  std::vector<ParsedPlan> plans;
  std::vector<ParsedSource> sources;
  // Every one, file by file; those of kPlans come last.
  std::vector<ManifestError> errors;
};

// Sources without any plan are no error: see allowEmpty.
Manifests ReadManifests(const std::vector<ManifestText>& manifests);

// The plans of all files; sources, if there are any, are read and left out.
// InvalidArgument: their errors, one a line, of a file the first ten.
absl::StatusOr<std::vector<ParsedPlan>> ParseManifests(
    const std::vector<ManifestText>& manifests);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_MANIFEST_H_
