// SPDX-License-Identifier: Apache-2.0
//
// A process that is killed at every single moment of what it does to the
// store's files, one run each: what it acknowledged is there.

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "controller/store/sqlite_store.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/controller/store/expected_store.h"
#include "tests/controller/store/random_transactions.h"
#include "tests/fakes/killing_vfs.h"

namespace rollout::store {
namespace {

// So few that every moment gets its run. The largest values have pages of their
// own.
constexpr int kStarts = 2;
constexpr int kBursts = 2;
constexpr int kTransactionsInABurst = 3;
constexpr size_t kMaxValueBytes = 6000;

// The same in parent and child. Answers what each is expected to.
std::vector<Transaction> NextBurst(RandomTransactions& transactions,
                                   ExpectedStore* expected) {
  std::vector<Transaction> burst;
  for (int i = 0; i < kTransactionsInABurst; ++i) {
    burst.push_back(transactions.Next(*expected));
    expected->Commit(burst.back()).IgnoreError();
  }
  return burst;
}

// Opens, commits and closes, several times; writes each revision to `out` once
// it is acknowledged.
[[noreturn]] void CommitUntilKilled(const std::string& path, int moment,
                                    int out) {
  KillingVfs vfs(moment);
  const SystemClock clock;
  RandomTransactions transactions(moment, kMaxValueBytes);
  ExpectedStore expected;
  for (int start = 0; start < kStarts; ++start) {
    auto store = OpenSqliteStore({path, nullptr}, clock);
    if (!store.ok()) _exit(1);
    for (int i = 0; i < kBursts; ++i) {
      auto burst = NextBurst(transactions, &expected);
      for (const auto& revision : CommitTogether(**store, std::move(burst))) {
        if (absl::IsAborted(revision.status())) continue;
        if (!revision.ok() ||
            write(out, &*revision, sizeof(*revision)) != sizeof(*revision)) {
          _exit(1);
        }
      }
    }
  }
  _exit(0);
}

struct Ending {
  bool killed = false;
  int64_t acknowledged = 0;
};

Ending RunChild(const std::string& path, int moment) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  UniqueFd in(ends[0]), out(ends[1]);
  pid_t child = fork();
  if (child == 0) CommitUntilKilled(path, moment, out.get());
  out.reset();
  Ending ending;
  int64_t revision;
  while (read(in.get(), &revision, sizeof(revision)) == sizeof(revision)) {
    ending.acknowledged = revision;
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  ending.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  EXPECT_TRUE(ending.killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
      << status;
  return ending;
}

// The store the child left behind.
void CheckStore(const std::string& path, int moment, int64_t acknowledged) {
  const SystemClock clock;
  auto store = OpenSqliteStore({path, nullptr}, clock);
  ASSERT_TRUE(store.ok()) << store.status();
  RandomTransactions transactions(moment, kMaxValueBytes);
  ExpectedStore expected;
  for (int i = 0; i < kStarts * kBursts; ++i) {
    NextBurst(transactions, &expected);
  }
  EXPECT_EQ(expected.Resume(**store, acknowledged), absl::OkStatus());
  EXPECT_EQ(*CommitNow(**store, {{}, {{"k", "v"}}, {}}),
            expected.revision() + 1);
}

TEST(SqliteKill, WhatWasAcknowledgedIsThereAfterAKillAtAnyMoment) {
  std::string directory = absl::StrCat(::testing::TempDir(), "/killXXXXXX");
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string path = absl::StrCat(directory, "/state.db");
  int moment = 0;
  for (bool killed = true; killed && !HasFailure();) {
    SCOPED_TRACE(++moment);
    Ending ending = RunChild(path, moment);
    killed = ending.killed;
    CheckStore(path, moment, ending.acknowledged);
    std::filesystem::remove(path);
    // Nothing was taken for corrupt and kept aside.
    EXPECT_TRUE(std::filesystem::is_empty(directory));
  }
  std::filesystem::remove_all(directory);
  // Making the file alone has some thirty.
  EXPECT_GT(moment, 60);
}

}  // namespace
}  // namespace rollout::store
