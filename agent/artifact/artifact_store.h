// SPDX-License-Identifier: Apache-2.0
//
// The artifacts of one host: fetched, verified, unpacked, and never changed
// afterwards. On disk, below the store's directory:
//
//   sha256/DIGEST/          whole and verified, or not there at all
//     program               the executable, or
//     files/                what the archive held
//   incoming/               half-done work; emptied at start

#ifndef AGENT_ARTIFACT_ARTIFACT_STORE_H_
#define AGENT_ARTIFACT_ARTIFACT_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::artifact {

// Safe from any thread.
class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;

  // Puts the artifact in the store if it is not there, and returns what
  // ${artifact} stands for. Blocks as long as the transfer takes; two calls
  // for one digest do the work once.
  //
  // DataLoss: the digest differs or the transfer ended early. InvalidArgument:
  // the file is not what its format says (not executable, a path that
  // escapes, a device). NotFound, Unavailable: the source. ResourceExhausted:
  // the disk is full. Nothing half-done stays.
  virtual absl::StatusOr<std::string> Fetch(const v1::Artifact& artifact) = 0;

  // What ${artifact} stands for once the artifact is in the store.
  virtual std::string PathOf(const v1::Artifact& artifact) const = 0;

  // Removes all artifacts but those with a digest in `wanted` and the
  // `keep` most recently used others.
  virtual absl::Status Prune(const std::vector<std::string>& wanted,
                             int keep) = 0;

  // For good: fetches under way end with Cancelled, as soon as a byte comes or
  // their source has been silent for its time-out; later ones too. So that an
  // agent that leaves need not wait for a transfer.
  virtual void CancelFetches() = 0;
};

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_ARTIFACT_STORE_H_
