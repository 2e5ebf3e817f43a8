// SPDX-License-Identifier: Apache-2.0

#include "controller/store/history.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/status_macros.h"

namespace rollout::store {
namespace {

constexpr char kEventPrefix[] = "event/";
constexpr char kRequestPrefix[] = "request/";
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

// The key that follows the last one.
template <typename Record>
uint64_t NextKey(const std::map<uint64_t, Record>& records) {
  return records.empty() ? 1 : records.rbegin()->first + 1;
}

bool Fits(const std::string& wanted, const std::string& present) {
  return wanted.empty() || wanted == present;
}

bool Matches(const EventQuery& query, const v1::Event& event) {
  return Fits(query.plan, event.plan()) && Fits(query.host, event.host()) &&
         Fits(query.reason, event.reason()) && Fits(query.user, event.user()) &&
         FromProto(event.time()) >= query.since &&
         (!query.only_warnings || event.severity() == v1::Event::WARNING);
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
  RETURN_IF_ERROR(Read(store_, kRequestPrefix, &requests_));
  RETURN_IF_ERROR(Read(store_, kSwapPrefix, &swaps_));
  for (const auto& [key, swap] : swaps_) {
    swap_keys_[{swap.host(), swap.id()}] = key;
  }
  next_key_ = std::max({NextKey(events_), NextKey(requests_), NextKey(swaps_)});
  return absl::OkStatus();
}

void History::Add(v1::Event event) {
  MutexLock lock(&mutex_);
  Keep(std::move(event), kEventPrefix, limits_.events, events_);
}

void History::AddRequest(v1::Event event) {
  MutexLock lock(&mutex_);
  Keep(std::move(event), kRequestPrefix, limits_.requests, requests_);
}

void History::Keep(v1::Event event, absl::string_view prefix, size_t limit,
                   EventMap& kept) {
  Transaction transaction;
  uint64_t key = next_key_++;
  transaction.puts.push_back({KeyOf(prefix, key), event.SerializeAsString()});
  kept[key] = std::move(event);
  while (kept.size() > limit) {
    transaction.deletes.push_back(KeyOf(prefix, kept.begin()->first));
    kept.erase(kept.begin());
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

std::vector<v1::Event> History::Events(const EventQuery& query) const {
  MutexLock lock(&mutex_);
  std::vector<v1::Event> found;
  auto event = events_.rbegin();
  auto request = requests_.rbegin();
  while (event != events_.rend() || request != requests_.rend()) {
    const bool request_is_newer =
        event == events_.rend() ||
        (request != requests_.rend() && request->first > event->first);
    const v1::Event& next =
        request_is_newer ? (request++)->second : (event++)->second;
    if (!Matches(query, next)) continue;
    found.push_back(next);
    if (found.size() == query.limit) break;
  }
  return found;
}

std::vector<v1::SwapReport> History::Swaps(absl::string_view plan) const {
  MutexLock lock(&mutex_);
  std::vector<v1::SwapReport> found;
  for (auto swap = swaps_.rbegin(); swap != swaps_.rend(); ++swap) {
    if (plan.empty() || swap->second.plan() == plan) {
      found.push_back(swap->second);
    }
  }
  return found;
}

}  // namespace rollout::store
