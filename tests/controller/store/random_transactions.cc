// SPDX-License-Identifier: Apache-2.0

#include "tests/controller/store/random_transactions.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rollout::store {
namespace {

constexpr int kKeys = 12;

}  // namespace

Transaction RandomTransactions::Next(const ExpectedStore& before) {
  // A key is written at most once.
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back(absl::StrCat("key/", i));
  std::shuffle(keys.begin(), keys.end(), random_);
  auto next_key = [&keys] {
    std::string key = keys.back();
    keys.pop_back();
    return key;
  };
  Transaction transaction;
  for (size_t left = UpTo(3); left > 0; --left) {
    transaction.puts.push_back({next_key(), Value()});
  }
  for (size_t left = UpTo(2); left > 0; --left) {
    transaction.deletes.push_back(next_key());
  }
  for (size_t left = UpTo(2); left > 0; --left) {
    const std::string key = absl::StrCat("key/", UpTo(kKeys - 1));
    const bool holds = UpTo(9) > 0;
    transaction.comparisons.push_back(
        {key, before.ModRevisionOf(key) + (holds ? 0 : 1)});
  }
  return transaction;
}

// Of one random number again and again: parts of two never look like one.
std::string RandomTransactions::Value() {
  const size_t most = UpTo(7) == 0 ? max_value_bytes_ : max_value_bytes_ / 50;
  const std::string part = absl::StrCat(absl::Hex(random_()), " ");
  const size_t size = UpTo(most);
  std::string value;
  while (value.size() < size) value += part;
  value.resize(size);
  return value;
}

}  // namespace rollout::store
