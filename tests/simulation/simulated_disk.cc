// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/simulated_disk.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::simulation {

std::string SimulatedDisk::Read(const std::string& key) const {
  auto found = entries_.find(key);
  return found == entries_.end() ? "" : found->second.value;
}

store::Snapshot SimulatedDisk::List(absl::string_view prefix) const {
  store::Snapshot snapshot;
  snapshot.revision = revision_;
  for (auto entry = entries_.lower_bound(std::string(prefix));
       entry != entries_.end() && absl::StartsWith(entry->first, prefix);
       ++entry) {
    snapshot.entries.push_back(entry->second);
  }
  return snapshot;
}

absl::StatusOr<store::Changes> SimulatedDisk::Write(
    const store::Transaction& transaction) {
  RETURN_IF_ERROR(store::CheckTransaction(transaction));
  for (const store::Comparison& comparison : transaction.comparisons) {
    auto found = entries_.find(comparison.key);
    int64_t there = found == entries_.end() ? 0 : found->second.mod_revision;
    if (there != comparison.mod_revision) {
      return absl::AbortedError(absl::StrCat(comparison.key, " was changed"));
    }
  }
  store::Changes changes = store::ChangesOf(transaction, ++revision_);
  std::map<std::string, std::string> before;
  for (const store::KeyValue& put : changes.puts) {
    before[put.key] = Read(put.key);
    entries_[put.key] = put;
  }
  for (const std::string& key : changes.deletes) entries_.erase(key);
  if (!on_put_) return changes;
  for (const store::KeyValue& put : changes.puts) {
    on_put_(put.key, before[put.key], put.value);
  }
  return changes;
}

class SimulatedStore::ListedWatch final : public store::Watch {
 public:
  ListedWatch(SimulatedStore& store, int64_t id) : store_(store), id_(id) {}
  ~ListedWatch() override { store_.watches_.Remove(id_); }

 private:
  SimulatedStore& store_;
  const int64_t id_;
};

absl::StatusOr<std::unique_ptr<store::Watch>> SimulatedStore::StartWatch(
    absl::string_view prefix, OnChanges on_changes) {
  int64_t id = watches_.Add(prefix, std::move(on_changes), disk_.List(prefix));
  return std::make_unique<ListedWatch>(*this, id);
}

void SimulatedStore::Commit(store::Transaction transaction, Done done) {
  if (closed_) return;
  waiting_.push_back({std::move(transaction), std::move(done)});
  if (std::exchange(syncing_, true)) return;
  loop_.PostAfter(
      time_.Between(absl::Microseconds(200), absl::Milliseconds(10)),
      [this] { Sync(); });
}

// What is handed in meanwhile waits for the next one.
void SimulatedStore::Sync() {
  syncing_ = false;
  for (size_t left = waiting_.size(); left > 0 && !closed_; --left) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    next.done(Carry(next.transaction));
  }
}

absl::StatusOr<int64_t> SimulatedStore::Carry(
    const store::Transaction& transaction) {
  if (full_) return absl::UnavailableError("the disk is full");
  ASSIGN_OR_RETURN(store::Changes changes, disk_.Write(transaction));
  watches_.Tell(changes);
  return changes.revision;
}

void SimulatedStore::Close() {
  if (std::exchange(closed_, true)) return;
  loop_.Stop();
  while (!waiting_.empty() && !full_ && time_.Chance(500)) {
    // Of one that does not hold nothing is written.
    disk_.Write(waiting_.front().transaction).IgnoreError();
    waiting_.pop_front();
  }
  waiting_.clear();
}

}  // namespace rollout::simulation
