// SPDX-License-Identifier: Apache-2.0
//
// spec.service.artifact of a manifest: which binary.

#ifndef CONTROLLER_MANIFEST_ARTIFACT_READER_H_
#define CONTROLLER_MANIFEST_ARTIFACT_READER_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// Reports what is wrong; the result is meaningless then.
v1::Artifact ReadArtifact(const YamlValue& value);

// The artifact, its format told by the URL's ending. InvalidArgument: the URL
// or the digest is none, and why.
absl::StatusOr<v1::Artifact> MakeArtifact(const std::string& url,
                                          const std::string& sha256);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_ARTIFACT_READER_H_
