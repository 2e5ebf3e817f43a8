// SPDX-License-Identifier: Apache-2.0

#include "controller/store/watch_list.h"

#include "absl/strings/match.h"

namespace rollout::store {
namespace {

Changes PartOf(const Changes& changes, absl::string_view prefix) {
  Changes part;
  part.revision = changes.revision;
  for (const KeyValue& put : changes.puts) {
    if (absl::StartsWith(put.key, prefix)) part.puts.push_back(put);
  }
  for (const std::string& key : changes.deletes) {
    if (absl::StartsWith(key, prefix)) part.deletes.push_back(key);
  }
  return part;
}

}  // namespace

Changes ChangesOf(const Transaction& transaction, int64_t revision) {
  Changes changes{transaction.puts, transaction.deletes, revision};
  for (KeyValue& put : changes.puts) put.mod_revision = revision;
  return changes;
}

int64_t WatchList::Add(absl::string_view prefix, Store::OnChanges on_changes,
                       Snapshot present) {
  on_changes(Changes{std::move(present.entries), {}, present.revision});
  watches_[next_id_] = Entry{std::string(prefix), std::move(on_changes)};
  return next_id_++;
}

void WatchList::Tell(const Changes& changes) const {
  for (const auto& [id, watch] : watches_) {
    Changes part = PartOf(changes, watch.prefix);
    if (!part.puts.empty() || !part.deletes.empty()) watch.on_changes(part);
  }
}

}  // namespace rollout::store
