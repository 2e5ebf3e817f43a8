// SPDX-License-Identifier: Apache-2.0
//
// What a store has to answer and to hold, by the contract in store.h: tests
// carry each transaction out here as well, and compare after a crash.

#ifndef TESTS_CONTROLLER_STORE_EXPECTED_STORE_H_
#define TESTS_CONTROLLER_STORE_EXPECTED_STORE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/store/store.h"

namespace rollout::store {

// Not thread-safe.
class ExpectedStore {
 public:
  // The answer to a transaction that is carried out after those before: the
  // store's revision, or Aborted.
  absl::StatusOr<int64_t> Commit(const Transaction& transaction);

  int64_t revision() const { return resumed_revision_ + commits_.size(); }
  // 0: there is no such key.
  int64_t ModRevisionOf(const std::string& key) const;

  // `store` was opened after a crash. It is to hold exactly what was there
  // after one of the commits: `acknowledged` or a later one. From then on that
  // is what is expected. DataLoss: says what is wrong.
  absl::Status Resume(Store& store, int64_t acknowledged);

 private:
  using Content = std::map<std::string, KeyValue>;

  static void Carry(const Changes& changes, Content* content);

  Content present_;
  // When it was resumed last, and every commit since.
  Content resumed_;
  int64_t resumed_revision_ = 0;
  std::vector<Changes> commits_;
};

}  // namespace rollout::store

#endif  // TESTS_CONTROLLER_STORE_EXPECTED_STORE_H_
