// SPDX-License-Identifier: Apache-2.0

#include "controller/store/history.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::store {
namespace {

constexpr char kEventPrefix[] = "event/";
constexpr char kSwapPrefix[] = "swap/";

// Sixteen hexadecimal digits: sorted as numbers are.
std::string KeyOf(absl::string_view prefix, uint64_t key) {
  return absl::StrCat(prefix, absl::Hex(key, absl::kZeroPad16));
}

template <typename Record>
absl::Status Read(Store& store, absl::string_view prefix,
                  std::map<uint64_t, Record>* records) {
  ASSIGN_OR_RETURN(Snapshot snapshot, store.List(prefix));
  for (const KeyValue& entry : snapshot.entries) {
    uint64_t key = 0;
    Record record;
    if (!absl::SimpleHexAtoi(entry.key.substr(prefix.size()), &key) ||
        !record.ParseFromString(entry.value)) {
      return absl::DataLossError(absl::StrCat(
          "the history's record ", entry.key,
          " can't be understood: move the history's file out of the way"));
    }
    (*records)[key] = std::move(record);
  }
  return absl::OkStatus();
}

template <typename Record>
std::vector<Record> NewestFirst(const std::map<uint64_t, Record>& records,
                                absl::string_view plan) {
  std::vector<Record> newest_first;
  for (auto it = records.rbegin(); it != records.rend(); ++it) {
    if (plan.empty() || it->second.plan() == plan) {
      newest_first.push_back(it->second);
    }
  }
  return newest_first;
}

}  // namespace

absl::StatusOr<std::unique_ptr<History>> History::Open(Store& store,
                                                       HistoryLimits limits) {
  std::unique_ptr<History> history(new History(store, limits));
  RETURN_IF_ERROR(history->Load());
  return history;
}

absl::Status History::Load() {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Read(store_, kEventPrefix, &events_));
  RETURN_IF_ERROR(Read(store_, kSwapPrefix, &swaps_));
  for (const auto& [key, swap] : swaps_) {
    swap_keys_[{swap.host(), swap.id()}] = key;
  }
  if (!events_.empty()) next_key_ = events_.rbegin()->first + 1;
  if (!swaps_.empty()) {
    next_key_ = std::max(next_key_, swaps_.rbegin()->first + 1);
  }
  return absl::OkStatus();
}

void History::Add(v1::Event event) {
  Transaction transaction;
  MutexLock lock(&mutex_);
  uint64_t key = next_key_++;
  transaction.puts.push_back(
      {KeyOf(kEventPrefix, key), event.SerializeAsString()});
  events_[key] = std::move(event);
  while (events_.size() > limits_.events) {
    transaction.deletes.push_back(KeyOf(kEventPrefix, events_.begin()->first));
    events_.erase(events_.begin());
    if (transaction.deletes.size() == kMaxOperations - 1) break;
  }
  store_.Commit(std::move(transaction), [](absl::StatusOr<int64_t> revision) {
    if (revision.ok()) return;
    LogError("history: an event was not stored: ", revision.status().message());
  });
}

void History::Put(v1::SwapReport report, Done done) {
  Transaction transaction;
  MutexLock lock(&mutex_);
  uint64_t& key = swap_keys_[{report.host(), report.id()}];
  if (key == 0) key = next_key_++;
  transaction.puts.push_back(
      {KeyOf(kSwapPrefix, key), report.SerializeAsString()});
  swaps_[key] = std::move(report);
  while (swaps_.size() > limits_.swaps) {
    auto oldest = swaps_.begin();
    transaction.deletes.push_back(KeyOf(kSwapPrefix, oldest->first));
    swap_keys_.erase({oldest->second.host(), oldest->second.id()});
    swaps_.erase(oldest);
    if (transaction.deletes.size() == kMaxOperations - 1) break;
  }
  store_.Commit(std::move(transaction),
                [done = std::move(done)](absl::StatusOr<int64_t> revision) {
                  done(revision.status());
                });
}

std::vector<v1::Event> History::Events(absl::string_view plan) const {
  MutexLock lock(&mutex_);
  return NewestFirst(events_, plan);
}

std::vector<v1::SwapReport> History::Swaps(absl::string_view plan) const {
  MutexLock lock(&mutex_);
  return NewestFirst(swaps_, plan);
}

}  // namespace rollout::store
