// SPDX-License-Identifier: Apache-2.0
//
// What one operation changes in the records of one plan, and the transaction
// that writes it. Used by PlanOperations.

#ifndef CONTROLLER_STORE_PLAN_CHANGE_H_
#define CONTROLLER_STORE_PLAN_CHANGE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "controller/store/catalog.h"
#include "controller/store/store.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "proto/rollout/v1/source.pb.h"

namespace rollout::store {

// Works on copies of the records; nothing is written. Not thread-safe.
class PlanChange {
 public:
  // `catalog` must outlive this. A plan that is not there yet begins empty, and
  // counts on from the last one of its name.
  PlanChange(const Catalog& catalog, const std::string& plan, absl::Time now);

  bool exists() const { return before_.has_value(); }
  const PlanRecord& plan() const { return plan_; }
  // The newest one.
  v1::Rollout& rollout() { return rollout_; }

  // Takes the spec on; counts its version up. With other canary steps a rollout
  // under way begins with the first of them: hosts keep what they have.
  void SetSpec(const v1::PlanSpec& spec);

  // Takes down that the source says so. False: it has said just that before,
  // in whatever commit, and nothing is changed.
  bool Declare(const v1::Origin& origin, const v1::PlanSpec& spec);

  // Begins a rollout to the spec's template and supersedes the one under way.
  // Old revisions and rollouts that are not in use go.
  void StartRollout(const v1::Cause& cause);

  // Begins the plan's removal, or goes on with it the other way. The rollout
  // under way ends where it is.
  void Remove(bool stop, const v1::Cause& cause);

  // What is to be written, with comparisons that fail when somebody else was
  // faster.
  Transaction ToTransaction() const;

 private:
  void TakeRevision(const std::string& id);
  void Supersede();
  void DropOldRevisions();
  void DropOldRollouts();
  bool InUse(const std::string& revision) const;
  void Put(std::string key, const google::protobuf::Message& record);

  const Catalog& catalog_;
  const std::string name_;
  const absl::Time now_;
  const std::optional<PlanState> before_;
  const Versioned<DeletedRecord> deleted_;
  PlanRecord plan_;
  v1::Rollout rollout_;
  // Besides plan_ and rollout_.
  Transaction others_;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_PLAN_CHANGE_H_
