// SPDX-License-Identifier: Apache-2.0
//
// One source, followed pass by pass: the branch is fetched, its commit checked
// as a whole, and applied or refused as a whole.
//
// All that must not be forgotten is in the store: a pass that was cut short is
// made good by the next one. A commit is taken down as applied after its plans
// are; more plans than one transaction holds are several, so what a crash
// leaves half-done is a good commit.

#ifndef CONTROLLER_GITOPS_SOURCE_SYNC_H_
#define CONTROLLER_GITOPS_SOURCE_SYNC_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "controller/gitops/artifact_digest.h"
#include "controller/gitops/commit_changes.h"
#include "controller/gitops/fetcher.h"
#include "controller/gitops/http_exchange.h"
#include "controller/gitops/source_metrics.h"
#include "controller/gitops/source_settings.h"
#include "controller/gitops/source_state.h"
#include "controller/manifest/manifest.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/plan_operations.h"
#include "proto/rollout/v1/source.pb.h"

namespace rollout::gitops {

// Whether the plans of a commit may all be applied, for reasons that no
// manifest shows. FailedPrecondition: a line for each error, "FILE:LINE:COLUMN:
// what is wrong, and what to do".
using PlansCheck =
    std::function<absl::Status(const std::vector<manifest::ParsedPlan>& plans)>;

// Finds the digest of an artifact in the list beside it, as ResolveDigest does.
using DigestLookup = std::function<absl::StatusOr<std::string>(
    const ListedArtifact& artifact, HttpExchange& exchange)>;

// What passes work with; all must outlive them.
struct SyncRooms {
  store::Catalog& catalog;
  store::History& history;
  store::PlanOperations& operations;
  Fetcher& fetcher;
  const Clock& clock;
  PlansCheck check;
  DigestLookup look_up_digest;
  SourceMetrics& metrics;
};

class SourceSync {
 public:
  // `directory`, absolute, is this source's own; made when it is needed.
  // `sources`: the names of all that are configured.
  SourceSync(SyncRooms rooms, SourceSettings settings, std::string directory,
             std::set<std::string> sources);
  SourceSync(const SourceSync&) = delete;
  SourceSync& operator=(const SourceSync&) = delete;

  const SourceSettings& settings() const { return settings_; }

  // Fetches and does what follows; blocks. One at a time, not on the store's
  // thread. `again`: a commit that was read before is read again, one that was
  // refused, too. True: the branch had moved.
  bool Pass(bool again) ABSL_LOCKS_EXCLUDED(mutex_);

  // A pass under way comes to its end soon. From any thread.
  void Stop() { exchange_.Cancel(); }

  // How it stands, and each of its plans. From any thread.
  v1::Source Status() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool IsSettled(const store::SourceRecord& record) const;
  PassOutcome Take(const FetchResult& fetched,
                   const store::SourceRecord& before);
  // Adds the digests that the manifests leave to a list; one that was looked up
  // before stays. An error is of that list, with the plan's place.
  absl::Status AddDigests(std::vector<manifest::ParsedPlan>* plans);
  // Applies and, where that is asked for, deletes.
  absl::Status Carry(const CommitChanges& changes, bool prune,
                     const v1::Commit& commit);
  absl::Status Apply(std::vector<store::NamedSpec> specs,
                     const v1::Commit& commit);
  absl::Status Delete(const std::vector<std::string>& plans,
                      const v1::Commit& commit);
  // In whose name it applies and deletes.
  v1::Cause CauseOf(const v1::Commit& commit) const;
  PassOutcome Refuse(const v1::Commit& commit, const std::string& errors,
                     store::SourceRecord record);
  absl::Status Store(const store::SourceRecord& record);
  // Why the pass came to no end, until the next one.
  PassOutcome NoteFailure(std::string reason, const absl::Status& status)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Tell(v1::Event::Severity severity, const char* reason,
            std::string message);

  const SyncRooms rooms_;
  const SourceSettings settings_;
  const std::string directory_;
  const std::set<std::string> sources_;
  // Of the settings a commit is judged by.
  const std::string settings_digest_;
  HttpExchange exchange_{HttpBounds()};
  mutable Mutex mutex_;
  SyncFailure failure_ ABSL_GUARDED_BY(mutex_);
  // When the repository last answered; the infinite past: never.
  absl::Time checked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SOURCE_SYNC_H_
