// SPDX-License-Identifier: Apache-2.0

#include "controller/store/store.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace rollout::store {
namespace {

size_t Bytes(const Transaction& transaction) {
  size_t bytes = 0;
  for (const Comparison& c : transaction.comparisons) bytes += c.key.size();
  for (const KeyValue& put : transaction.puts) {
    bytes += put.key.size() + put.value.size();
  }
  for (const std::string& key : transaction.deletes) bytes += key.size();
  return bytes;
}

absl::Status CheckWrittenOnce(const Transaction& transaction) {
  absl::flat_hash_set<absl::string_view> keys;
  auto check = [&keys](const std::string& key) -> absl::Status {
    if (key.empty()) return absl::InvalidArgumentError("a key is empty");
    if (keys.insert(key).second) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("a transaction writes key \"", key, "\" twice"));
  };
  absl::Status status;
  for (const KeyValue& put : transaction.puts) status.Update(check(put.key));
  for (const std::string& key : transaction.deletes) status.Update(check(key));
  return status;
}

}  // namespace

absl::Status CheckTransaction(const Transaction& transaction) {
  size_t writes = transaction.puts.size() + transaction.deletes.size();
  if (writes > kMaxOperations ||
      transaction.comparisons.size() > kMaxOperations) {
    return absl::InvalidArgumentError(
        absl::StrCat("a transaction has ", writes, " writes and ",
                     transaction.comparisons.size(), " comparisons; at most ",
                     kMaxOperations, " of each are allowed: split it"));
  }
  if (size_t bytes = Bytes(transaction); bytes > kMaxTransactionBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a transaction has ", bytes, " bytes; at most ",
                     kMaxTransactionBytes, " are allowed: split it"));
  }
  return CheckWrittenOnce(transaction);
}

}  // namespace rollout::store
