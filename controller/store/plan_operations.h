// SPDX-License-Identifier: Apache-2.0
//
// What operators do to plans: apply, undo, delete, and what is in
// rollout_turns.h. Each
// is one transaction over the records it read, so two at once never mix: the
// later gets Aborted. The engine sees the change in the catalog and acts on it.

#ifndef CONTROLLER_STORE_PLAN_OPERATIONS_H_
#define CONTROLLER_STORE_PLAN_OPERATIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/store.h"
#include "proto/rollout/v1/event.pb.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "proto/rollout/v1/source.pb.h"

namespace rollout::store {

class PlanChange;
struct Word;

struct NamedSpec {
  std::string plan;
  v1::PlanSpec spec;
  // The commit that says so; nullopt: an operator does.
  std::optional<v1::Origin> origin = std::nullopt;
};

struct Applied {
  enum class Change { kCreated, kChanged, kUnchanged };

  std::string plan;
  Change change = Change::kUnchanged;
  // Id of the revision the spec describes.
  std::string revision;
  // The rollout this started; 0: none was needed.
  int64_t rollout = 0;
  // What the user should know though nothing is wrong.
  std::vector<std::string> warnings;
};

struct Undone {
  int64_t rollout = 0;
  std::string revision;
};

// Safe from any thread; never blocks. Each `done` is called exactly once, on
// the store's thread or, when nothing had to be written, on the caller's.
//
// Errors of all: NotFound (no such plan; says which there are),
// FailedPrecondition (not in this state, or being removed), Aborted (somebody
// else changed the plan meanwhile: read again), Unavailable (the store).
class PlanOperations {
 public:
  using AppliedDone =
      std::function<void(absl::StatusOr<std::vector<Applied>> applied)>;
  using UndoneDone = std::function<void(absl::StatusOr<Undone> undone)>;
  using Done = std::function<void(absl::Status status)>;
  // Whether a plan may take a spec on, for reasons that lie outside the store.
  // Called on the caller's or the store's thread; must not block.
  using SpecCheck = std::function<absl::Status(const NamedSpec& named)>;

  // All must outlive this and every `done`.
  PlanOperations(Catalog& catalog, History& history, const Clock& clock)
      : catalog_(catalog), history_(history), clock_(clock) {}

  // Writes all plans or none. `specs` are validated and name each plan once.
  // A spec equal to the stored one changes nothing; one that differs in hosts
  // or strategy alone starts no rollout; one whose template differs from the
  // stored one and from what the plan is moving to (or, at rest, from what it
  // is on) starts one and supersedes the one under way; but one that goes to
  // the stable revision turns that one back. Where none starts
  // though the hosts are not on the template, because it failed, a warning
  // says so. A plan with an origin is that source's from then on, whether its
  // spec changes or not, and the origin is part of the rollout's cause.
  // InvalidArgument: too many plans at once.
  void Apply(std::vector<NamedSpec> specs, v1::Cause cause, AppliedDone done);

  // What Apply would tell now; writes nothing. Of its errors only those that
  // are not the store's.
  absl::StatusOr<std::vector<Applied>> TryApply(
      const std::vector<NamedSpec>& specs) const;

  // Applies the plan's own spec with this artifact. An error of `check` is
  // passed on.
  void SetArtifact(const std::string& plan, v1::Artifact artifact,
                   v1::Cause cause, SpecCheck check, AppliedDone done);

  // Lets no further host begin in the newest rollout; those that have begun
  // finish. FailedPrecondition: none is under
  // way, or it is paused already.
  void Pause(const std::string& plan, v1::Cause cause, Done done);

  // Lets the newest rollout go on. Where a host failed, which is a verdict on
  // that attempt, a new rollout to the same revision takes over, and asks the
  // host anew. FailedPrecondition: there is no paused rollout.
  void Resume(const std::string& plan, v1::Cause cause, Done done);

  // Sends the hosts back to the stable revision, paused or not. Without one
  // the rollout ends as failed, and every host keeps what it runs.
  // FailedPrecondition: none is under way, or it goes back already.
  void Abort(const std::string& plan, v1::Cause cause, Done done);

  // Starts another rollout to what the plan says, where the newest one failed
  // or was aborted. FailedPrecondition: it is under way, or complete.
  void Retry(const std::string& plan, v1::Cause cause, Done done);

  // Ends the bake of the canary step the newest rollout is at; `full`: all its
  // steps. FailedPrecondition: it bakes nothing, or waits for an approval.
  void Promote(const std::string& plan, bool full, v1::Cause cause, Done done);

  // Says yes or no to a canary step that asks for it; a no is an abort.
  // FailedPrecondition: none asks. PermissionDenied: a yes of who started the
  // rollout, where another's is asked for.
  void Approve(const std::string& plan, v1::Cause cause, Done done);
  void Reject(const std::string& plan, v1::Cause cause, Done done);

  // Lets the newest rollout go on where hosts are frozen, see HoldOperations.
  // FailedPrecondition: none is under way, or it does so already.
  void OverrideFreeze(const std::string& plan, v1::Cause cause, Done done);

  // Starts a rollout to the kept revision of that number; 0: to the one
  // completed before the current. The plan's spec takes that template on. As
  // with Apply, a rollout that comes from there is turned back instead.
  // FailedPrecondition: there is none, or the plan is on it. An error of
  // `check` is passed on.
  void Undo(const std::string& plan, int64_t to_revision, v1::Cause cause,
            SpecCheck check, UndoneDone done);

  // Removes the plan: at once it is in nobody's way any more but its own, see
  // Removal; the engine does the rest. With `stop` its hosts end the service,
  // else they keep what they run. Again without `stop`: those that have not
  // ended it are not waited for. FailedPrecondition: with `stop`, and its hosts
  // are let go already.
  void Delete(const std::string& plan, bool stop, v1::Cause cause, Done done);

  // What one operation writes, and tells once that is done.
  struct Batch {
    Transaction transaction;
    std::vector<v1::Event> events;
  };

 private:
  // Reads the catalog and says what to write; called again when the engine was
  // faster.
  using Operation = std::function<absl::StatusOr<Batch>()>;
  // Of rollout_turns.h.
  using TurnRollout = absl::StatusOr<std::string> (*)(PlanChange& change,
                                                      const Word& word);

  // The batch that writes `specs`, and in `applied` what to tell of each.
  absl::StatusOr<Batch> PlanApply(const std::vector<NamedSpec>& specs,
                                  const v1::Cause& cause,
                                  std::vector<Applied>* applied) const;
  void Carry(Operation operation, Done done, int tries);
  void Turn(const std::string& plan, const v1::Cause& cause, Done done,
            TurnRollout turn);

  Catalog& catalog_;
  History& history_;
  const Clock& clock_;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_PLAN_OPERATIONS_H_
