// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/memory_store.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::store {

class MemoryStore::ListedWatch final : public Watch {
 public:
  ListedWatch(MemoryStore& store, int64_t id) : store_(store), id_(id) {}
  ~ListedWatch() override {
    MutexLock lock(&store_.mutex_);
    store_.watches_.Remove(id_);
  }

 private:
  MemoryStore& store_;
  const int64_t id_;
};

void MemoryStore::Close() {
  {
    MutexLock lock(&mutex_);
    closed_ = true;
  }
  Settle();
  loop_.Stop();
}

void MemoryStore::Commit(Transaction transaction, Done done) {
  bool closed;
  {
    MutexLock lock(&mutex_);
    closed = closed_;
  }
  if (closed) return done(absl::CancelledError("the store is closed"));
  loop_.Post([this, transaction = std::move(transaction),
              done = std::move(done)] { done(Carry(transaction)); });
}

absl::StatusOr<int64_t> MemoryStore::Carry(const Transaction& transaction) {
  RETURN_IF_ERROR(CheckTransaction(transaction));
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(failure_);
  for (const Comparison& comparison : transaction.comparisons) {
    auto found = entries_.find(comparison.key);
    int64_t there = found == entries_.end() ? 0 : found->second.mod_revision;
    if (there == comparison.mod_revision) continue;
    return absl::AbortedError(
        absl::StrCat(comparison.key, " was changed meanwhile: read it again"));
  }
  Changes changes = ChangesOf(transaction, ++revision_);
  for (const KeyValue& put : changes.puts) entries_[put.key] = put;
  for (const std::string& key : changes.deletes) entries_.erase(key);
  watches_.Tell(changes);
  return revision_;
}

absl::StatusOr<Snapshot> MemoryStore::List(absl::string_view prefix) {
  MutexLock lock(&mutex_);
  return Listed(prefix);
}

Snapshot MemoryStore::Listed(absl::string_view prefix) const {
  Snapshot snapshot;
  snapshot.revision = revision_;
  for (const auto& [key, entry] : entries_) {
    if (absl::StartsWith(key, prefix)) snapshot.entries.push_back(entry);
  }
  return snapshot;
}

absl::StatusOr<std::unique_ptr<Watch>> MemoryStore::StartWatch(
    absl::string_view prefix, OnChanges on_changes) {
  MutexLock lock(&mutex_);
  int64_t id = watches_.Add(prefix, std::move(on_changes), Listed(prefix));
  return std::make_unique<ListedWatch>(*this, id);
}

void MemoryStore::SetFailure(absl::Status failure) {
  MutexLock lock(&mutex_);
  failure_ = std::move(failure);
}

}  // namespace rollout::store
