// SPDX-License-Identifier: Apache-2.0
//
// Reads the manifests that `apply -f`, `diff -f`, `adopt --plan` and `lint`
// name. They stay text: what is in it, one code reads, the controller's.

#ifndef ROLLOUTCTL_MANIFEST_FILES_H_
#define ROLLOUTCTL_MANIFEST_FILES_H_

#include <cstddef>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "controller/manifest/manifest.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::ctl {

// Of one file, and of all together.
inline constexpr size_t kMaxManifestBytes = 1 << 20;
inline constexpr size_t kMaxApplyBytes = 8 << 20;

// `names` are files, directories (then all *.yaml and *.yml in them, sorted,
// not those further down) or "-" for `in`. NotFound, InvalidArgument (too
// large, not UTF-8, nothing in a directory): nothing was read, all or nothing.
absl::StatusOr<std::vector<v1::ManifestFile>> ReadManifests(
    const std::vector<std::string>& names, std::istream& in);

// For that code, where it runs here.
std::vector<manifest::ManifestText> ManifestTexts(
    const std::vector<v1::ManifestFile>& files);

// Says of each document of kind Source that a command for plans has left it
// out: a directory may be that of a source's repository.
void NoteSources(const std::vector<v1::ManifestFile>& files, std::ostream& err);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_MANIFEST_FILES_H_
