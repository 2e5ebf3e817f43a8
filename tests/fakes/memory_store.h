// SPDX-License-Identifier: Apache-2.0
//
// A store::Store without a disk. Keeps the contract (store_contract_test.cc)
// and can be told to fail.

#ifndef TESTS_FAKES_MEMORY_STORE_H_
#define TESTS_FAKES_MEMORY_STORE_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/event_loop.h"
#include "base/mutex.h"
#include "controller/store/store.h"
#include "controller/store/watch_list.h"

namespace rollout::store {

// Safe from any thread.
class MemoryStore : public Store {
 public:
  ~MemoryStore() override { Close(); }

  void Commit(Transaction transaction, Done done) override;
  absl::StatusOr<Snapshot> List(absl::string_view prefix) override;
  absl::StatusOr<std::unique_ptr<Watch>> StartWatch(
      absl::string_view prefix, OnChanges on_changes) override;
  void Close() override;

  // From now on every commit gives this; OK: works again.
  void SetFailure(absl::Status failure);

  // Waits until everything handed to Commit before is carried out and told.
  void Settle() {
    loop_.Run([] {});
  }

 private:
  class ListedWatch;

  absl::StatusOr<int64_t> Carry(const Transaction& transaction)
      ABSL_LOCKS_EXCLUDED(mutex_);
  Snapshot Listed(absl::string_view prefix) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::map<std::string, KeyValue> entries_ ABSL_GUARDED_BY(mutex_);
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  WatchList watches_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  EventLoop loop_;
};

}  // namespace rollout::store

#endif  // TESTS_FAKES_MEMORY_STORE_H_
