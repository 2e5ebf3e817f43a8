// SPDX-License-Identifier: Apache-2.0
//
// Fetches, and leaves notes, by rollout-fetch, a process for each, so that no
// repository can cost the controller more than the answer: see
// docs/decisions/2026-11-28-a-program-of-its-own-for-git.md.

#ifndef CONTROLLER_GITOPS_FETCH_PROCESS_H_
#define CONTROLLER_GITOPS_FETCH_PROCESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "base/unique_fd.h"
#include "controller/gitops/fetcher.h"
#include "controller/gitops/note_pusher.h"

namespace rollout::gitops {

// The first fetch of a large repository is the long one.
inline constexpr absl::Duration kFetchTimeout = absl::Seconds(300);
// Of a note.
inline constexpr absl::Duration kNoteTimeout = absl::Seconds(60);

class FetchProcess : public Fetcher, public NotePusher {
 public:
  // `program` is the path of a rollout-fetch; `files` must outlive this.
  FetchProcess(std::string program, FileSystem* files,
               absl::Duration timeout = kFetchTimeout);

  // Request and answer lie beside request.repository(), whose parents are made.
  absl::StatusOr<FetchResult> Fetch(const FetchRequest& request) override;
  absl::Status PushNote(const NoteRequest& request) override;
  void Stop() override;

 private:
  // What there is to do, for the program and for messages.
  struct Work {
    // Empty: none.
    std::string flag;
    std::string request;
    std::string url;
    std::string repository;
  };

  absl::StatusOr<FetchResult> Run(const Work& work);
  absl::StatusOr<FetchResult> ReadAnswer(const std::string& path);

  const std::string program_;
  FileSystem& files_;
  const absl::Duration timeout_;
  // Readable once stopped.
  const UniqueFd stopped_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_PROCESS_H_
