// SPDX-License-Identifier: Apache-2.0
//
// A disk, which outlives controllers, and a store of one controller on it: what
// was not synced when that dies is lost, or is there and nobody was told.

#ifndef TESTS_SIMULATION_SIMULATED_DISK_H_
#define TESTS_SIMULATION_SIMULATED_DISK_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/store/store.h"
#include "controller/store/watch_list.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

class SimulatedDisk {
 public:
  // Told of what a transaction puts, and what was there before it ("" for
  // nothing), when it is on the disk.
  using OnPut =
      std::function<void(const std::string& key, const std::string& before,
                         const std::string& after)>;

  void set_on_put(OnPut on_put) { on_put_ = std::move(on_put); }

  using Content = std::map<std::string, store::KeyValue>;
  Content Copy() const { return entries_; }
  // While no store is on it.
  void Restore(Content content) { entries_ = std::move(content); }

  // "" for nothing.
  std::string Read(const std::string& key) const;
  store::Snapshot List(absl::string_view prefix) const;

  // Aborted: a comparison does not hold.
  absl::StatusOr<store::Changes> Write(const store::Transaction& transaction);

 private:
  Content entries_;
  int64_t revision_ = 0;
  OnPut on_put_;
};

class SimulatedStore final : public store::Store {
 public:
  // Both must outlive this.
  SimulatedStore(SimulatedDisk& disk, SimulatedTime& time)
      : disk_(disk), time_(time), loop_(time) {}
  ~SimulatedStore() override { Close(); }

  void Commit(store::Transaction transaction, Done done) override;
  absl::StatusOr<store::Snapshot> List(absl::string_view prefix) override {
    return disk_.List(prefix);
  }
  absl::StatusOr<std::unique_ptr<store::Watch>> StartWatch(
      absl::string_view prefix, OnChanges on_changes) override;

  // Its process dies: of what waits some may reach the disk, in order; nobody
  // is told.
  void Close() override;

  // Fails every commit while it is so.
  void SetFull(bool full) { full_ = full; }

 private:
  class ListedWatch;
  struct Waiting {
    store::Transaction transaction;
    Done done;
  };

  void Sync();
  absl::StatusOr<int64_t> Carry(const store::Transaction& transaction);

  SimulatedDisk& disk_;
  SimulatedTime& time_;
  SimulatedLoop loop_;
  store::WatchList watches_;
  std::deque<Waiting> waiting_;
  bool syncing_ = false;
  bool closed_ = false;
  bool full_ = false;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_SIMULATED_DISK_H_
