// SPDX-License-Identifier: Apache-2.0
//
// Waiting for the outcome of an asynchronous call, for tests.

#ifndef TESTS_CONTROLLER_STORE_COMMITTING_H_
#define TESTS_CONTROLLER_STORE_COMMITTING_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "controller/store/store.h"

namespace rollout::store {

// A slot for one value that another thread puts in. Copies share the slot.
template <typename T>
class Outcome {
 public:
  void operator()(T value) const {
    MutexLock lock(&state_->mutex);
    state_->value.emplace(std::move(value));
    state_->changed.NotifyAll();
  }

  // Takes the value out; once.
  T Wait() const {
    MutexLock lock(&state_->mutex);
    while (!state_->value) state_->changed.Wait(&state_->mutex);
    return *std::move(state_->value);
  }

 private:
  struct State {
    Mutex mutex;
    CondVar changed;
    std::optional<T> value;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

inline absl::StatusOr<int64_t> CommitNow(Store& store,
                                         Transaction transaction) {
  Outcome<absl::StatusOr<int64_t>> outcome;
  store.Commit(std::move(transaction), outcome);
  return outcome.Wait();
}

// The first one by itself and the others as one group: the store's thread is
// held until all are handed to it. The answers are in the order of the calls.
inline std::vector<absl::StatusOr<int64_t>> CommitTogether(
    Store& store, std::vector<Transaction> transactions) {
  std::vector<Outcome<absl::StatusOr<int64_t>>> outcomes(transactions.size());
  Outcome<bool> all_handed_in;
  for (size_t i = 0; i < transactions.size(); ++i) {
    store.Commit(std::move(transactions[i]),
                 [outcome = outcomes[i], all_handed_in,
                  first = i == 0](absl::StatusOr<int64_t> revision) {
                   if (first) all_handed_in.Wait();
                   outcome(std::move(revision));
                 });
  }
  all_handed_in(true);
  std::vector<absl::StatusOr<int64_t>> revisions;
  for (const auto& outcome : outcomes) revisions.push_back(outcome.Wait());
  return revisions;
}

}  // namespace rollout::store

#endif  // TESTS_CONTROLLER_STORE_COMMITTING_H_
