// SPDX-License-Identifier: Apache-2.0
//
// A program that dies at random moments, by itself or with its machine, on a
// disk that then loses at random what was not synced. After each time: every
// acknowledged commit is there, whole, and what is there are the commits up to
// some moment, in their order.

#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "controller/store/sqlite_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/controller/store/expected_store.h"
#include "tests/controller/store/random_transactions.h"
#include "tests/fakes/losing_disk.h"
#include "tests/fakes/losing_vfs.h"

namespace rollout::store {
namespace {

using ::testing::IsSupersetOf;
using Syncs = LosingDisk::Syncs;

constexpr int kSeeds = 400;
constexpr int kDeathsPerSeed = 6;

// One machine with one store, through several deaths of its program.
class Machine {
 public:
  // One in eight writes so much that the log is carried over into the file
  // while the store is open, as SQLite does after about 4 MiB.
  Machine(uint64_t seed, Syncs syncs)
      : heavy_(seed % 8 == 0),
        random_(seed),
        transactions_(seed, heavy_ ? 300'000 : 10'000),
        disk_(seed, syncs),
        vfs_(disk_) {}

  // What is wrong. Notes where the program died.
  absl::Status Run(std::set<std::string>* deaths) {
    for (int i = 0; i < kDeathsPerSeed; ++i) {
      RETURN_IF_ERROR(RunUntilDeath());
      deaths->insert(disk_.died_at());
      UpTo(3) == 0 ? disk_.RestartProgram() : disk_.RestartMachine();
    }
    return RunUndisturbed();
  }

 private:
  // Also while it opens, reads itself, and closes.
  absl::Status RunUntilDeath() {
    // Half of them early: that is where the file is made, or recovered.
    disk_.DieAt(UpTo(9) < 5 ? 1 + UpTo(15) : 1 + UpTo(heavy_ ? 4000 : 200));
    auto store = Open();
    if (store.ok()) {
      RETURN_IF_ERROR(Resume(**store));
      const size_t bursts = UpTo(heavy_ ? 60 : 20);
      for (size_t i = 0; i < bursts && disk_.alive(); ++i) {
        RETURN_IF_ERROR(CommitSome(**store));
      }
    } else if (disk_.alive()) {
      return store.status();
    }
    if (store.ok()) store->reset();
    disk_.Die();
    return absl::OkStatus();
  }

  absl::Status RunUndisturbed() {
    ASSIGN_OR_RETURN(auto store, Open());
    RETURN_IF_ERROR(Resume(*store));
    RETURN_IF_ERROR(CommitSome(*store));
    store.reset();
    ASSIGN_OR_RETURN(store, Open());
    return Resume(*store);
  }

  absl::StatusOr<std::unique_ptr<Store>> Open() {
    return OpenSqliteStore({"/state.db", nullptr,
                            [this](const std::string&) {
                              return disk_.SyncDirectory()
                                         ? absl::OkStatus()
                                         : absl::UnavailableError("died");
                            }},
                           clock_);
  }

  absl::Status Resume(Store& store) {
    RETURN_IF_ERROR(expected_.Resume(store, acknowledged_));
    acknowledged_ = expected_.revision();
    return absl::OkStatus();
  }

  absl::Status CommitSome(Store& store) {
    std::vector<Transaction> transactions;
    std::vector<absl::StatusOr<int64_t>> expected;
    for (size_t left = 1 + UpTo(5); left > 0; --left) {
      transactions.push_back(transactions_.Next(expected_));
      expected.push_back(expected_.Commit(transactions.back()));
    }
    auto answers = CommitTogether(store, std::move(transactions));
    for (size_t i = 0; i < answers.size(); ++i) {
      RETURN_IF_ERROR(Take(answers[i], expected[i]));
    }
    return absl::OkStatus();
  }

  absl::Status Take(const absl::StatusOr<int64_t>& answer,
                    const absl::StatusOr<int64_t>& expected) {
    if (absl::IsUnavailable(answer.status()) && !disk_.alive()) {
      return absl::OkStatus();
    }
    if (answer.status().code() != expected.status().code() ||
        (answer.ok() && *answer != *expected)) {
      return absl::InternalError(absl::StrCat(
          "answered ", answer.ok() ? *answer : 0, " ",
          answer.status().ToString(), ", expected ", expected.value_or(0), " ",
          expected.status().ToString()));
    }
    if (answer.ok()) acknowledged_ = *answer;
    return absl::OkStatus();
  }

  // From 0 to `most`.
  size_t UpTo(size_t most) { return random_() % (most + 1); }

  const bool heavy_;
  SystemClock clock_;
  std::mt19937_64 random_;
  RandomTransactions transactions_;
  ExpectedStore expected_;
  int64_t acknowledged_ = 0;
  LosingDisk disk_;
  LosingVfs vfs_;
};

TEST(SqliteCrash, WhatWasAcknowledgedIsThereAfterACrash) {
  std::set<std::string> deaths;
  for (int seed = 0; seed < kSeeds; ++seed) {
    ASSERT_EQ(Machine(seed, Syncs::kEverything).Run(&deaths), absl::OkStatus())
        << "seed " << seed;
  }
  // When the file is made, grows and is tidied up; "": after all that.
  EXPECT_THAT(deaths,
              IsSupersetOf({"create state.db", "create state.db-journal",
                            "write state.db-journal", "sync state.db-journal",
                            "sync directory", "remove state.db-journal",
                            "create state.db-wal", "write state.db-wal",
                            "sync state.db-wal", "write state.db",
                            "sync state.db", "remove state.db-wal", ""}));
}

// A test that finds nothing proves nothing unless it would have.
TEST(SqliteCrash, ADiskThatDoesNotKeepItsPromiseIsFoundOut) {
  for (Syncs syncs : {Syncs::kNothing, Syncs::kNoDirectory}) {
    SCOPED_TRACE(static_cast<int>(syncs));
    int found = 0;
    std::set<std::string> deaths;
    for (int seed = 0; seed < 20; ++seed) {
      found += Machine(seed, syncs).Run(&deaths).ok() ? 0 : 1;
    }
    EXPECT_GT(found, 0);
  }
}

}  // namespace
}  // namespace rollout::store
