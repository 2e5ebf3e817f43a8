// SPDX-License-Identifier: Apache-2.0
//
// All the work between an artifact's URL and a verified, unpacked, read-only
// copy that only has to be moved to its place in the store.

#ifndef AGENT_ARTIFACT_PREPARE_H_
#define AGENT_ARTIFACT_PREPARE_H_

#include <string>

#include "absl/status/status.h"
#include "agent/artifact/download.h"
#include "agent/artifact/unpack.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::artifact {

struct PrepareSettings {
  DownloadSettings download;
  UnpackLimits unpack;
};

// InvalidArgument: the digest or the format in the plan.
absl::Status CheckArtifact(const v1::Artifact& artifact);

// What a prepared artifact of this format is called: "program" or "files".
std::string EntryName(const v1::Artifact& artifact);

// Makes `directory`/whole, holding the entry and nothing else, written to the
// disk for good. `directory` exists and is empty; after an error it holds
// something half-done. Blocks. Errors as ArtifactStore::Fetch.
absl::Status Prepare(const v1::Artifact& artifact, const std::string& directory,
                     const PrepareSettings& settings);

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_PREPARE_H_
