// SPDX-License-Identifier: Apache-2.0

#include "controller/store/sqlite_store.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"

namespace rollout::store {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class SqliteStoreTest : public ::testing::Test {
 protected:
  SqliteStoreTest() {
    directory_ = absl::StrCat(::testing::TempDir(), "/sqliteXXXXXX");
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    path_ = absl::StrCat(directory_, "/state.db");
  }
  ~SqliteStoreTest() override { std::filesystem::remove_all(directory_); }

  absl::StatusOr<std::unique_ptr<Store>> Open() {
    return OpenSqliteStore({path_, nullptr}, clock_);
  }

  std::vector<std::string> KeptAside() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      std::string name = entry.path().filename().string();
      if (absl::StrContains(name, ".corrupt-")) names.push_back(name);
    }
    return names;
  }

  void Overwrite(size_t offset, const std::string& bytes) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    file << bytes;
  }

  SystemClock clock_;
  std::string directory_;
  std::string path_;
};

TEST_F(SqliteStoreTest, FindsEverythingAgainAfterReopening) {
  {
    auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_EQ(*CommitNow(**store, {{}, {{"k", "v"}}, {}}), 1);
  }
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  auto snapshot = (*store)->List("");
  ASSERT_THAT(snapshot->entries, SizeIs(1));
  EXPECT_EQ(snapshot->entries[0].value, "v");
  EXPECT_EQ(*CommitNow(**store, {{{"k", 1}}, {{"k", "w"}}, {}}), 2);
}

TEST_F(SqliteStoreTest, OneGroupOfCommitsIsOneTransactionOnDisk) {
  int groups = 0;
  {
    auto store = OpenSqliteStore(
        {path_, [&groups](absl::Duration) { ++groups; }}, clock_);
    for (int i = 0; i < 1000; ++i) {
      (*store)->Commit({{}, {{"k", ""}}, {}}, [](absl::StatusOr<int64_t>) {});
    }
  }
  EXPECT_LT(groups, 500);
}

TEST_F(SqliteStoreTest, WaitsForCompanyWhereItMayAndNotToClose) {
  int groups = 0;
  int done = 0;
  {
    SqliteOptions options;
    options.path = path_;
    options.on_commit = [&groups](absl::Duration) { ++groups; };
    options.gather = absl::Hours(1);
    auto store = OpenSqliteStore(std::move(options), clock_);
    for (int i = 0; i < 1000; ++i) {
      (*store)->Commit({{}, {{"k", ""}}, {}},
                       [&done](absl::StatusOr<int64_t>) { ++done; });
    }
  }
  EXPECT_EQ(groups, 1);
  EXPECT_EQ(done, 1000);
}

TEST_F(SqliteStoreTest, LocksOutASecondController) {
  auto first = Open();
  ASSERT_TRUE(first.ok());
  auto second = Open();
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_THAT(second.status().message(), HasSubstr("another controller"));
}

TEST_F(SqliteStoreTest, KeepsACorruptFileAsideAndStartsEmpty) {
  struct Case {
    const char* name;
    size_t offset;
    std::string bytes;
  };
  const Case kCases[] = {
      {"no database at all", 0, "hello, this is text"},
      {"a page of garbage", 4096, std::string(4096, '\xa5')},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    for (const std::string& name : KeptAside()) {
      std::filesystem::remove(absl::StrCat(directory_, "/", name));
    }
    {
      auto store = Open();
      ASSERT_TRUE(store.ok());
      for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(
            CommitNow(**store,
                      {{}, {{absl::StrCat("k", i), std::string(500, 'x')}}, {}})
                .ok());
      }
    }
    Overwrite(c.offset, c.bytes);
    auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_THAT((*store)->List("")->entries, SizeIs(0));
    EXPECT_THAT(KeptAside(), SizeIs(1));
    EXPECT_TRUE(CommitNow(**store, {{}, {{"k", "v"}}, {}}).ok());
  }
}

TEST_F(SqliteStoreTest, SaysWhyAFileCantBeOpened) {
  path_ = "/no/such/directory/state.db";
  auto store = Open();
  EXPECT_TRUE(absl::IsUnavailable(store.status())) << store.status();
  EXPECT_THAT(store.status().message(), HasSubstr(path_));
}

// Commits numbers for ever and writes each acknowledged one to `out`.
[[noreturn]] void CommitUntilKilled(const std::string& path, int out) {
  static const SystemClock clock;
  auto store = OpenSqliteStore({path, nullptr}, clock);
  if (!store.ok()) _exit(1);
  for (int i = 1;; ++i) {
    auto done = [out, i](absl::StatusOr<int64_t> revision) {
      if (!revision.ok() || write(out, &i, sizeof(i)) != sizeof(i)) _exit(1);
    };
    if (i % 7 != 0) {
      (*store)->Commit({{}, {{absl::StrCat("k/", i), absl::StrCat(i)}}, {}},
                       done);
    } else if (!CommitNow(**store, {}).ok()) {
      _exit(1);
    }
  }
}

// Starts a committing child, kills it when it has acknowledged `enough`, and
// returns all it acknowledged.
std::vector<int> AcknowledgedBeforeKill(const std::string& path,
                                        size_t enough) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  UniqueFd in(ends[0]), out(ends[1]);
  pid_t child = fork();
  if (child == 0) CommitUntilKilled(path, out.get());
  out.reset();
  std::vector<int> acknowledged;
  int number;
  while (read(in.get(), &number, sizeof(number)) == sizeof(number)) {
    acknowledged.push_back(number);
    if (acknowledged.size() == enough) kill(child, SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  return acknowledged;
}

TEST_F(SqliteStoreTest, WhatWasAcknowledgedSurvivesAKill) {
  for (size_t enough : {1, 50, 300}) {
    SCOPED_TRACE(enough);
    std::filesystem::remove(path_);
    std::vector<int> acknowledged = AcknowledgedBeforeKill(path_, enough);
    ASSERT_GE(acknowledged.size(), enough);
    auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    for (int number : acknowledged) {
      auto found = (*store)->List(absl::StrCat("k/", number));
      bool there = false;
      for (const KeyValue& entry : found->entries) {
        there |= entry.key == absl::StrCat("k/", number);
      }
      EXPECT_TRUE(there) << number;
    }
  }
}

}  // namespace
}  // namespace rollout::store
