// SPDX-License-Identifier: Apache-2.0

#include "controller/api/plan_watches.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "base/check.h"
#include "controller/api/grpc_status.h"

namespace rollout::api {

// One watch. Everything happens on the loop; gRPC's callbacks only post. The
// task that OnDone posts is the last, and deletes it.
//
//             Mark                    timer                 OnWriteDone
//   idle ------------> waits (marked) -----> writes ------------------> idle
//                                            Mark while it writes: waits again
class PlanWatches::Watch : public PlanWatches::Reactor {
 public:
  Watch(PlanWatches& watches, const v1::WatchRequest& request)
      : watches_(watches), number_(watches.next_number_++), request_(request) {
    watches_.Count(1);
    watches_.loop_.Post([this] {
      watches_.watches_[number_] = this;
      Mark();
    });
  }

  const std::string& plan() const { return request_.plan(); }

  // There may be something new. On the loop.
  void Mark() {
    marked_ = true;
    if (writing_ || resting_ || finished_) return;
    WriteStatus();
  }

  void OnWriteDone(bool ok) override {
    watches_.loop_.Post([this, ok] { Written(ok); });
  }
  void OnCancel() override {
    watches_.loop_.Post(
        [this] { End(absl::CancelledError("the watch was cancelled")); });
  }
  void OnDone() override {
    watches_.loop_.Post([this] {
      watches_.watches_.erase(number_);
      watches_.Count(-1);
      delete this;
    });
  }

 private:
  void WriteStatus() {
    marked_ = false;
    auto status = watches_.reader_.Plan(plan());
    if (!status.ok()) {
      End(status.status());
      return;
    }
    last_ = request_.until_finished() && IsOver(status->rollout().phase());
    status_ = *std::move(status);
    writing_ = true;
    Rest();
    StartWrite(&status_);
  }

  void Written(bool ok) {
    writing_ = false;
    if (!ok) {
      End(absl::CancelledError("the watch broke"));
    } else if (last_) {
      End(absl::OkStatus());
    } else if (end_) {
      End(*std::exchange(end_, std::nullopt));
    } else if (marked_ && !resting_) {
      WriteStatus();
    }
  }

  // For the interval nothing is written.
  void Rest() {
    resting_ = true;
    watches_.loop_.PostAfter(watches_.interval_,
                             [&watches = watches_, number = number_] {
                               auto found = watches.watches_.find(number);
                               if (found != watches.watches_.end())
                                 found->second->Rested();
                             });
  }

  void Rested() {
    resting_ = false;
    if (marked_) Mark();
  }

  void End(const absl::Status& status) {
    if (finished_) return;
    if (writing_) {
      end_ = status;
      return;
    }
    finished_ = true;
    Finish(ToGrpcStatus(status));
  }

  PlanWatches& watches_;
  const uint64_t number_;
  const v1::WatchRequest request_;
  // Being written while `writing_`.
  v1::PlanStatus status_;
  bool marked_ = false;
  bool writing_ = false;
  bool resting_ = false;
  bool finished_ = false;
  // What is being written ends the watch.
  bool last_ = false;
  // Ends the watch once the write is over.
  std::optional<absl::Status> end_;
};

PlanWatches::PlanWatches(store::Catalog& catalog, fleet::Fleet& fleet,
                         const StatusReader& reader, EventLoop& loop,
                         absl::Duration interval)
    : reader_(reader), loop_(loop), interval_(interval) {
  store::CatalogEvents events;
  events.on_plan = [this](const std::string& plan) { Note(plan); };
  events.on_holds = [this] { Note(""); };
  catalog.Subscribe(std::move(events));
  fleet.Subscribe([this](const std::string&) { Note(""); });
}

PlanWatches::~PlanWatches() { CHECK(watches_.empty()); }

PlanWatches::Reactor* PlanWatches::Start(const v1::WatchRequest& request) {
  return new Watch(*this, request);
}

void PlanWatches::Count(int more) {
  MutexLock lock(&mutex_);
  open_ += more;
}

void PlanWatches::Note(const std::string& plan) {
  MutexLock lock(&mutex_);
  // Ten thousand hosts have much to tell, and mostly nobody listens. Who begins
  // to reads all there is.
  if (open_ == 0) return;
  changed_.insert(plan);
  if (std::exchange(telling_, true)) return;
  loop_.Post([this] { Tell(); });
}

void PlanWatches::Tell() {
  std::set<std::string> changed;
  {
    MutexLock lock(&mutex_);
    telling_ = false;
    changed.swap(changed_);
  }
  bool all = changed.count("") != 0;
  for (const auto& [number, watch] : watches_) {
    if (all || changed.count(watch->plan()) != 0) watch->Mark();
  }
}

}  // namespace rollout::api
