// SPDX-License-Identifier: Apache-2.0

#include "tests/controller/store/expected_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/store/watch_list.h"

namespace rollout::store {
namespace {

std::string Described(const KeyValue& entry) {
  return absl::StrCat(entry.key, " of ", entry.value.size(),
                      " bytes at revision ", entry.mod_revision);
}

}  // namespace

absl::StatusOr<int64_t> ExpectedStore::Commit(const Transaction& transaction) {
  for (const Comparison& comparison : transaction.comparisons) {
    if (ModRevisionOf(comparison.key) != comparison.mod_revision) {
      return absl::AbortedError(comparison.key);
    }
  }
  commits_.push_back(ChangesOf(transaction, revision() + 1));
  Carry(commits_.back(), &present_);
  return revision();
}

int64_t ExpectedStore::ModRevisionOf(const std::string& key) const {
  auto found = present_.find(key);
  return found == present_.end() ? 0 : found->second.mod_revision;
}

void ExpectedStore::Carry(const Changes& changes, Content* content) {
  for (const KeyValue& put : changes.puts) (*content)[put.key] = put;
  for (const std::string& key : changes.deletes) content->erase(key);
}

absl::Status ExpectedStore::Resume(Store& store, int64_t acknowledged) {
  ASSIGN_OR_RETURN(Snapshot found, store.List(""));
  if (found.revision < acknowledged || found.revision > revision()) {
    return absl::DataLossError(absl::StrCat(
        "the store is at revision ", found.revision, ", expected ",
        acknowledged, " (acknowledged) to ", revision(), " (asked for)"));
  }
  for (const Changes& commit : std::exchange(commits_, {})) {
    if (commit.revision > found.revision) break;
    Carry(commit, &resumed_);
  }
  resumed_revision_ = found.revision;
  present_ = resumed_;
  auto missing = resumed_;
  for (const KeyValue& entry : found.entries) {
    auto expected = missing.find(entry.key);
    if (expected == missing.end() || expected->second.value != entry.value ||
        expected->second.mod_revision != entry.mod_revision) {
      return absl::DataLossError(absl::StrCat("at revision ", found.revision,
                                              " there is ", Described(entry),
                                              ", which was never so"));
    }
    missing.erase(expected);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("at revision ", found.revision,
                                          " there is no ",
                                          Described(missing.begin()->second)));
}

}  // namespace rollout::store
