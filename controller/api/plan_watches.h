// SPDX-License-Identifier: Apache-2.0
//
// The operators who watch a plan: each gets the plan's status at once and again
// after changes, never more often than the interval.

#ifndef CONTROLLER_API_PLAN_WATCHES_H_
#define CONTROLLER_API_PLAN_WATCHES_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/event_loop.h"
#include "base/mutex.h"
#include "controller/api/status_reader.h"
#include "controller/fleet/fleet.h"
#include "controller/store/catalog.h"
#include "grpcpp/support/server_callback.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::api {

class PlanWatches {
 public:
  using Reactor = grpc::ServerWriteReactor<v1::PlanStatus>;

  // All must outlive this; catalog and fleet may call it until they are gone,
  // so it must outlive their threads. Statuses are made on `loop`.
  PlanWatches(store::Catalog& catalog, fleet::Fleet& fleet,
              const StatusReader& reader, EventLoop& loop,
              absl::Duration interval);
  // Every watch must have ended.
  ~PlanWatches();
  PlanWatches(const PlanWatches&) = delete;
  PlanWatches& operator=(const PlanWatches&) = delete;

  // A new watch for gRPC, which ends by itself. Any thread.
  Reactor* Start(const v1::WatchRequest& request);

 private:
  class Watch;

  // So many watches more.
  void Count(int more) ABSL_LOCKS_EXCLUDED(mutex_);
  // Something changed; `plan` empty: on a host, so for any plan. Any thread.
  void Note(const std::string& plan) ABSL_LOCKS_EXCLUDED(mutex_);
  // On the loop: tells the watches of what was noted.
  void Tell() ABSL_LOCKS_EXCLUDED(mutex_);

  const StatusReader& reader_;
  EventLoop& loop_;
  const absl::Duration interval_;
  // By number. Touched on the loop only. They delete themselves.
  std::map<uint64_t, Watch*> watches_;
  std::atomic<uint64_t> next_number_{1};

  Mutex mutex_;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  // A Tell is on its way: one at a time, however much changes.
  bool telling_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::string> changed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_PLAN_WATCHES_H_
