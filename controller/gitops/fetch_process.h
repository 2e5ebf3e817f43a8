// SPDX-License-Identifier: Apache-2.0
//
// Fetches by rollout-fetch, a process for each, so that no repository can cost
// the controller more than the answer: see
// docs/decisions/2026-11-28-a-program-of-its-own-for-git.md.

#ifndef CONTROLLER_GITOPS_FETCH_PROCESS_H_
#define CONTROLLER_GITOPS_FETCH_PROCESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "base/unique_fd.h"
#include "controller/gitops/fetcher.h"

namespace rollout::gitops {

// The first fetch of a large repository is the long one.
inline constexpr absl::Duration kFetchTimeout = absl::Seconds(300);

class FetchProcess : public Fetcher {
 public:
  // `program` is the path of a rollout-fetch; `files` must outlive this.
  FetchProcess(std::string program, FileSystem* files,
               absl::Duration timeout = kFetchTimeout);

  // Request and answer lie beside request.repository(), whose parents are made.
  absl::StatusOr<FetchResult> Fetch(const FetchRequest& request) override;
  void Stop() override;

 private:
  absl::StatusOr<FetchResult> ReadAnswer(const std::string& path);

  const std::string program_;
  FileSystem& files_;
  const absl::Duration timeout_;
  // Readable once stopped.
  const UniqueFd stopped_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_PROCESS_H_
