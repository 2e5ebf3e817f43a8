// SPDX-License-Identifier: Apache-2.0
//
// The artifact store on a disk: see artifact_store.h for the layout and
// docs/formats/artifact-store.md for what survives a crash.

#ifndef AGENT_ARTIFACT_DISK_ARTIFACT_STORE_H_
#define AGENT_ARTIFACT_DISK_ARTIFACT_STORE_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "agent/artifact/artifact_store.h"
#include "agent/artifact/prepare.h"
#include "base/mutex.h"

namespace rollout::artifact {

class DiskArtifactStore : public ArtifactStore {
 public:
  // Makes `directory` (absolute) where it is missing and empties incoming/.
  // One store per directory. Errors are the disk's.
  static absl::StatusOr<std::unique_ptr<DiskArtifactStore>> Open(
      const std::string& directory, const PrepareSettings& settings);

  absl::StatusOr<std::string> Fetch(const v1::Artifact& artifact) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::string PathOf(const v1::Artifact& artifact) const override;
  absl::Status Prune(const std::vector<std::string>& wanted, int keep) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void CancelFetches() override { cancelled_ = true; }

 private:
  // A fetch under way, and how it ended.
  struct Flight {
    bool done = false;
    absl::Status status;
  };

  DiskArtifactStore(const std::string& directory,
                    const PrepareSettings& settings);

  // The digest's directory in the store.
  std::string Home(const std::string& digest) const;
  // A path in incoming/ that nobody has had.
  std::string NewIncoming() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Brings the artifact to `incoming` and from there home.
  absl::Status Bring(const v1::Artifact& artifact,
                     const std::string& incoming) const;
  // Moves what Prune shall remove to incoming/, and tells where.
  absl::StatusOr<std::vector<std::string>> TakeOut(
      const std::vector<std::string>& wanted, int keep)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // A fetch of this digest is under way.
  bool InFlight(const std::string& home) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string directory_;
  PrepareSettings settings_;
  std::atomic<bool> cancelled_{false};

  Mutex mutex_;
  CondVar landed_;
  // By the path the artifact will have.
  std::map<std::string, std::shared_ptr<Flight>> flights_
      ABSL_GUARDED_BY(mutex_);
  uint64_t incoming_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_DISK_ARTIFACT_STORE_H_
