// SPDX-License-Identifier: Apache-2.0
//
// Leaves what became of commits beside them, as a note in their own repository:
// see docs/formats/commit-status.md.

#ifndef CONTROLLER_GITOPS_COMMIT_NOTES_H_
#define CONTROLLER_GITOPS_COMMIT_NOTES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "base/clock.h"
#include "controller/gitops/fetch.pb.h"
#include "controller/gitops/note_pusher.h"
#include "controller/gitops/status_outlet.h"
#include "controller/gitops/status_queue.h"

namespace rollout::gitops {

inline constexpr StatusMetric kNoteMetric = {
    "rollout_commit_notes_total",
    "Notes of what became of commits, by what became of them."};

// Where a source's notes go.
struct NoteTarget {
  std::string url;
  Credentials credentials;
  // Of a copy of the notes, absolute; made where it is needed.
  std::string directory;
};

class CommitNotes : public StatusOutlet {
 public:
  // `targets` by the name of the source; `controller` names this one. `pusher`
  // and `clock` must outlive this.
  CommitNotes(std::map<std::string, NoteTarget> targets, std::string controller,
              NotePusher& pusher, const Clock& clock);

  bool Takes(const std::string& source) const override;
  absl::Status Send(const CommitStatus& status) override;
  void Cancel() override { pusher_.Stop(); }
  std::string PlaceOf(const std::string& source) const override;

 private:
  const std::map<std::string, NoteTarget> targets_;
  const std::string controller_;
  NotePusher& pusher_;
  const Clock& clock_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_COMMIT_NOTES_H_
