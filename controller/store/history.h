// SPDX-License-Identifier: Apache-2.0
//
// What happened: events and swap reports, the newest of each, in a store of
// their own beside the catalog's, so that they never hold up a decision. Events
// of requests that changed nothing have a bound of their own: who asks again
// and again pushes out nothing else.

#ifndef CONTROLLER_STORE_HISTORY_H_
#define CONTROLLER_STORE_HISTORY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "controller/store/store.h"
#include "proto/rollout/v1/event.pb.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::store {

struct HistoryLimits {
  size_t events = 10000;
  size_t swaps = 1000;
  // Beside `events`: of requests.
  size_t requests = 1000;
};

// Which events; what is empty does not narrow it.
struct EventQuery {
  std::string plan = "";
  std::string host = "";
  std::string reason = "";
  std::string user = "";
  absl::Time since = absl::InfinitePast();
  bool only_warnings = false;
  // At most so many, the newest; 0: all.
  size_t limit = 0;
};

// Safe from any thread; reading never touches the disk.
class History {
 public:
  using Done = std::function<void(absl::Status status)>;

  // Reads what is there. `store` must outlive the history and hold nothing else
  // under "event/", "request/" and "swap/". DataLoss: a record can't be
  // understood.
  static absl::StatusOr<std::unique_ptr<History>> Open(Store& store,
                                                       HistoryLimits limits);
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Seen at once, stored soon; a failure to store is logged. The oldest goes
  // when there are too many.
  void Add(v1::Event event) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same, of a request that changed nothing.
  void AddRequest(v1::Event event) ABSL_LOCKS_EXCLUDED(mutex_);

  // Stores the report or replaces the one with its host and id; seen at once.
  // `done` on the store's thread, once it is safe on disk.
  void Put(v1::SwapReport report, Done done) ABSL_LOCKS_EXCLUDED(mutex_);

  // Newest first, those of requests among the others.
  std::vector<v1::Event> Events(const EventQuery& query) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Newest first; `plan` empty: of all.
  std::vector<v1::Event> Events(absl::string_view plan) const {
    return Events(EventQuery{std::string(plan)});
  }
  std::vector<v1::SwapReport> Swaps(absl::string_view plan) const
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // By the order of arrival, which is their key: one order of all.
  using EventMap = std::map<uint64_t, v1::Event>;

  History(Store& store, HistoryLimits limits)
      : store_(store), limits_(limits) {}

  absl::Status Load() ABSL_LOCKS_EXCLUDED(mutex_);
  // Into `kept`, which holds what lies under `prefix`, at most `limit`.
  void Keep(v1::Event event, absl::string_view prefix, size_t limit,
            EventMap& kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Store& store_;
  const HistoryLimits limits_;
  mutable Mutex mutex_;
  EventMap events_ ABSL_GUARDED_BY(mutex_);
  EventMap requests_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, v1::SwapReport> swaps_ ABSL_GUARDED_BY(mutex_);
  // From host and id to the key in swaps_.
  std::map<std::pair<std::string, std::string>, uint64_t> swap_keys_
      ABSL_GUARDED_BY(mutex_);
  uint64_t next_key_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_HISTORY_H_
