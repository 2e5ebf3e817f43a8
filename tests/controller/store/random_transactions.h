// SPDX-License-Identifier: Apache-2.0
//
// Transactions of every kind over a few keys, the same ones for the same seed.

#ifndef TESTS_CONTROLLER_STORE_RANDOM_TRANSACTIONS_H_
#define TESTS_CONTROLLER_STORE_RANDOM_TRANSACTIONS_H_

#include <cstdint>
#include <random>
#include <string>

#include "controller/store/store.h"
#include "tests/controller/store/expected_store.h"

namespace rollout::store {

class RandomTransactions {
 public:
  // No value is longer than `max_value_bytes`; most are a lot shorter.
  RandomTransactions(uint64_t seed, size_t max_value_bytes)
      : random_(seed), max_value_bytes_(max_value_bytes) {}

  // Up to three puts, two deletes and two comparisons. Of the latter most hold
  // if it is carried out after what `before` has seen. May be empty.
  Transaction Next(const ExpectedStore& before);

 private:
  // From 0 to `most`.
  size_t UpTo(size_t most) { return random_() % (most + 1); }
  std::string Value();

  std::mt19937_64 random_;
  const size_t max_value_bytes_;
};

}  // namespace rollout::store

#endif  // TESTS_CONTROLLER_STORE_RANDOM_TRANSACTIONS_H_
