// SPDX-License-Identifier: Apache-2.0
//
// Where the controller keeps what it must not forget: etcd's model cut small.
// Keys and values, a revision counted up by every commit, prefix lists,
// watches, and transactions that compare before they write. The limits are
// etcd's, so that every implementation keeps the same ones.

#ifndef CONTROLLER_STORE_STORE_H_
#define CONTROLLER_STORE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout::store {

constexpr size_t kMaxOperations = 100;
constexpr size_t kMaxTransactionBytes = 1 << 20;

struct KeyValue {
  std::string key;
  std::string value;
  // Revision of the store at which the value was put; at least 1.
  int64_t mod_revision = 0;
};

// The content under a prefix at one revision of the store, sorted by key.
struct Snapshot {
  std::vector<KeyValue> entries;
  int64_t revision = 0;
};

// Holds when the key's mod_revision is this one; 0: there is no such key.
struct Comparison {
  std::string key;
  int64_t mod_revision = 0;
};

// All or nothing. A key is written at most once.
struct Transaction {
  // At most kMaxOperations.
  std::vector<Comparison> comparisons;
  // `mod_revision` is ignored: the commit gives it.
  std::vector<KeyValue> puts;
  // Deleting a key that is not there is fine. Puts and deletes together: at
  // most kMaxOperations. Everything together: at most kMaxTransactionBytes.
  std::vector<std::string> deletes;
};

// InvalidArgument with what is too large, or which key is written twice.
absl::Status CheckTransaction(const Transaction& transaction);

// One commit as a watch sees it; under the first prefix watched, nothing else.
struct Changes {
  std::vector<KeyValue> puts;
  std::vector<std::string> deletes;
  int64_t revision = 0;
};

// Ends the watch when destroyed; the callback is not running afterwards. Not
// to be destroyed from the callback. Must not outlive its store.
class Watch {
 public:
  virtual ~Watch() = default;
};

// Safe from any thread.
class Store {
 public:
  // The store's revision after the commit, or: Aborted (a comparison did not
  // hold: read again), InvalidArgument (CheckTransaction), Unavailable (the
  // disk failed, nothing was written), Cancelled (closed).
  using Done = std::function<void(absl::StatusOr<int64_t> revision)>;
  using OnChanges = std::function<void(const Changes& changes)>;

  virtual ~Store() = default;

  // Returns at once. `done` is called exactly once, on the store's own thread,
  // after what was written is safe on disk and every watch has been told. It
  // must not block and may call Commit. Transactions are carried out in the
  // order of the calls.
  virtual void Commit(Transaction transaction, Done done) = 0;

  // Reads the disk: for start-up and tools, not for request threads.
  virtual absl::StatusOr<Snapshot> List(absl::string_view prefix) = 0;

  // Calls `on_changes` once with all that is there (before this returns, on
  // the calling thread), then on the store's own thread with every commit that
  // touches the prefix, in order, none left out. Must not block.
  virtual absl::StatusOr<std::unique_ptr<Watch>> StartWatch(
      absl::string_view prefix, OnChanges on_changes) = 0;

  // Carries out what was handed to Commit, then no callback runs any more:
  // whoever gave one may be destroyed. A later Commit calls `done` with
  // Cancelled on the calling thread. Idempotent; not from a callback. The
  // destructor closes too.
  virtual void Close() = 0;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_STORE_H_
