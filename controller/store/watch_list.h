// SPDX-License-Identifier: Apache-2.0
//
// The watches of a store and what each of them is told. Shared by the
// implementations of Store, which lock it.

#ifndef CONTROLLER_STORE_WATCH_LIST_H_
#define CONTROLLER_STORE_WATCH_LIST_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "controller/store/store.h"

namespace rollout::store {

// The changes a transaction makes when it is committed at `revision`.
Changes ChangesOf(const Transaction& transaction, int64_t revision);

// Not thread-safe.
class WatchList {
 public:
  // Tells `on_changes` the present content and every later change.
  int64_t Add(absl::string_view prefix, Store::OnChanges on_changes,
              Snapshot present);
  void Remove(int64_t id) { watches_.erase(id); }

  // Tells every watch what is its part of one commit.
  void Tell(const Changes& changes) const;

 private:
  struct Entry {
    std::string prefix;
    Store::OnChanges on_changes;
  };

  int64_t next_id_ = 1;
  std::map<int64_t, Entry> watches_;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_WATCH_LIST_H_
