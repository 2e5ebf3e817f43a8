// SPDX-License-Identifier: Apache-2.0
//
// An artifact store that has everything, except what a test takes away.

#ifndef TESTS_FAKES_FAKE_ARTIFACT_STORE_H_
#define TESTS_FAKES_FAKE_ARTIFACT_STORE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "agent/artifact/artifact_store.h"
#include "base/mutex.h"

namespace rollout {

// Safe from any thread.
class FakeArtifactStore : public artifact::ArtifactStore {
 public:
  // Fetching the digest gives `error` from now on; OK: it is there.
  void SetError(const std::string& sha256, absl::Status error)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    errors_[sha256] = std::move(error);
  }

  absl::StatusOr<std::string> Fetch(const v1::Artifact& artifact) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    auto error = errors_.find(artifact.sha256());
    if (error != errors_.end() && !error->second.ok()) return error->second;
    return PathOf(artifact);
  }

  std::string PathOf(const v1::Artifact& artifact) const override {
    return absl::StrCat("/artifacts/", artifact.sha256());
  }

  absl::Status Prune(const std::vector<std::string>&, int) override {
    return absl::OkStatus();
  }

  void CancelFetches() override {}

 private:
  Mutex mutex_;
  std::map<std::string, absl::Status> errors_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout

#endif  // TESTS_FAKES_FAKE_ARTIFACT_STORE_H_
