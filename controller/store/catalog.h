// SPDX-License-Identifier: Apache-2.0
//
// The store as typed records: an in-memory copy of everything in it, kept up by
// a watch, and the writing of each kind. Reading never touches the disk. What
// operators do to plans (apply, pause, undo, ...) is in plan_operations.h.

#ifndef CONTROLLER_STORE_CATALOG_H_
#define CONTROLLER_STORE_CATALOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"
#include "controller/store/holds.h"
#include "controller/store/record.pb.h"
#include "controller/store/store.h"
#include "controller/store/versioned.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::store {

// Revisions and rollouts kept of each plan; those in use are never dropped.
constexpr int kRevisionsKept = 10;
constexpr int kRolloutsKept = 50;

// A plan and its newest rollout, read at one moment.
struct PlanState {
  Versioned<PlanRecord> plan;
  Versioned<v1::Rollout> rollout;
};

// Called with the name of what changed, on the store's thread, after the copy
// has it. Must not block.
struct CatalogEvents {
  // The plan, one of its rollouts or one of its assignments.
  std::function<void(const std::string& plan)> on_plan;
  std::function<void(const std::string& host)> on_host;
  // What a host was asked for; of the plan, on_plan tells as well.
  std::function<void(const std::string& plan, const std::string& host)>
      on_assignment = nullptr;
  // A cordon or a freeze.
  std::function<void()> on_holds = nullptr;
  // How far a source has been followed.
  std::function<void(const std::string& source)> on_source = nullptr;
};

// Safe from any thread. All returned values are copies.
class Catalog {
 public:
  // Reads everything. `store` must outlive the catalog. DataLoss: a record
  // can't be understood (names the key).
  static absl::StatusOr<std::unique_ptr<Catalog>> Open(Store& store);
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Told of every later change, until the catalog is destroyed; several
  // subscribers are fine. Whoever subscribes outlives the store's thread.
  void Subscribe(CatalogEvents events) ABSL_LOCKS_EXCLUDED(mutex_);

  // Sorted by name.
  std::vector<std::string> PlanNames() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<PlanState> FindPlan(absl::string_view plan) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Of the last plan of that name that was removed; with mod_revision 0: none
  // was.
  Versioned<DeletedRecord> FindDeleted(absl::string_view plan) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Newest first.
  std::vector<v1::Revision> Revisions(absl::string_view plan) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<v1::Revision> FindRevision(absl::string_view plan,
                                           absl::string_view id) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<v1::Rollout> Rollouts(absl::string_view plan) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Of every host that has ever been given one; sorted by host.
  std::vector<AssignmentRecord> Assignments(absl::string_view plan) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<AssignmentRecord> FindAssignment(absl::string_view plan,
                                                 absl::string_view host) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Sorted by name.
  std::vector<HostRecord> Hosts() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<HostRecord> FindHost(absl::string_view host) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  store::Holds Holds() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Nullopt: it has never been read.
  std::optional<Versioned<SourceRecord>> FindSource(
      absl::string_view source) const ABSL_LOCKS_EXCLUDED(mutex_);
  // 0: no controller has run on this store.
  uint64_t epoch() const ABSL_LOCKS_EXCLUDED(mutex_);

  // For transactions made elsewhere from the records read here.
  Store& store() const { return store_; }

 private:
  // By number.
  using RolloutTable = std::map<int64_t, Versioned<v1::Rollout>>;

  struct PlanTables {
    std::optional<Versioned<PlanRecord>> plan;
    Versioned<DeletedRecord> deleted;
    std::map<std::string, v1::Revision> revisions;
    RolloutTable rollouts;
    std::map<std::string, AssignmentRecord> assignments;
  };

  explicit Catalog(Store& store) : store_(store) {}

  void Take(const Changes& changes) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Put(const KeyValue& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Delete(absl::string_view key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const PlanTables* Find(absl::string_view plan) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Store& store_;
  mutable Mutex mutex_;
  std::map<std::string, PlanTables> plans_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, HostRecord> hosts_ ABSL_GUARDED_BY(mutex_);
  store::Holds holds_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Versioned<SourceRecord>> sources_
      ABSL_GUARDED_BY(mutex_);
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<CatalogEvents> subscribers_ ABSL_GUARDED_BY(mutex_);
  // The first record that could not be understood.
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);
  // Last: ends before what its callback touches.
  std::unique_ptr<Watch> watch_;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_CATALOG_H_
