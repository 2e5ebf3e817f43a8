// SPDX-License-Identifier: Apache-2.0
//
// What every implementation of Store keeps.

#include <stdlib.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "controller/store/sqlite_store.h"
#include "controller/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/memory_store.h"

namespace rollout::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<Store> MakeMemory() { return std::make_unique<MemoryStore>(); }

std::unique_ptr<Store> MakeSqlite() {
  static const SystemClock clock;
  std::string directory = absl::StrCat(::testing::TempDir(), "/storeXXXXXX");
  EXPECT_NE(mkdtemp(directory.data()), nullptr);
  auto store =
      OpenSqliteStore({absl::StrCat(directory, "/state.db"), nullptr}, clock);
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

struct Implementation {
  const char* name;
  std::unique_ptr<Store> (*make)();
};

class StoreContract : public ::testing::TestWithParam<Implementation> {
 protected:
  std::vector<std::string> Listed(absl::string_view prefix) {
    std::vector<std::string> lines;
    auto snapshot = store_->List(prefix);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    for (const KeyValue& entry : snapshot->entries) {
      lines.push_back(
          absl::StrCat(entry.key, "=", entry.value, "@", entry.mod_revision));
    }
    return lines;
  }

  std::unique_ptr<Store> store_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(All, StoreContract,
                         ::testing::Values(Implementation{"Memory", MakeMemory},
                                           Implementation{"Sqlite",
                                                          MakeSqlite}),
                         [](const auto& info) { return info.param.name; });

TEST_P(StoreContract, CountsRevisionsAndListsByPrefix) {
  EXPECT_EQ(*CommitNow(*store_, {{}, {{"a/1", "x"}, {"b", "y"}}, {}}), 1);
  EXPECT_EQ(*CommitNow(*store_, {{}, {{"a/2", ""}, {"a/1", "z"}}, {}}), 2);
  EXPECT_EQ(*CommitNow(*store_, {{}, {}, {"b", "never was"}}), 3);
  EXPECT_THAT(Listed("a/"), ElementsAre("a/1=z@2", "a/2=@2"));
  EXPECT_THAT(Listed(""), ElementsAre("a/1=z@2", "a/2=@2"));
  EXPECT_THAT(Listed("a0"), IsEmpty());
  EXPECT_EQ(store_->List("")->revision, 3);
}

TEST_P(StoreContract, KeepsBytesAsTheyAre) {
  std::string bytes("\0\xff\n", 3);
  ASSERT_TRUE(CommitNow(*store_, {{}, {{"k", bytes}}, {}}).ok());
  EXPECT_EQ(store_->List("k")->entries[0].value, bytes);
}

TEST_P(StoreContract, ComparesBeforeItWrites) {
  ASSERT_TRUE(CommitNow(*store_, {{}, {{"k", "1"}}, {}}).ok());
  struct Case {
    const char* name;
    Comparison comparison;
    bool holds;
  };
  const Case kCases[] = {
      {"an older revision", {"k", 7}, false},
      {"there is one after all", {"k", 0}, false},
      {"there is none after all", {"other", 1}, false},
      {"as it was", {"k", 1}, true},
      {"still none", {"other", 0}, true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto result =
        CommitNow(*store_, {{c.comparison}, {{"written", c.name}}, {}});
    EXPECT_EQ(result.ok(), c.holds) << result.status();
    if (!c.holds) {
      EXPECT_TRUE(absl::IsAborted(result.status())) << result.status();
      EXPECT_THAT(Listed("written"), IsEmpty());
    }
  }
  EXPECT_EQ(store_->List("")->revision, 3);
}

TEST_P(StoreContract, RefusesWhatIsTooLarge) {
  Transaction many;
  for (size_t i = 0; i <= kMaxOperations; ++i) {
    many.puts.push_back({absl::StrCat("k", i), ""});
  }
  Transaction just_right = many;
  just_right.puts.pop_back();
  struct Case {
    const char* name;
    Transaction transaction;
    const char* message;
  };
  const Case kCases[] = {
      {"101 writes", many, "101 writes"},
      {"over 1 MiB",
       {{}, {{"k", std::string(kMaxTransactionBytes, 'x')}}, {}},
       "1048577 bytes"},
      {"one key twice", {{}, {{"k", ""}}, {"k"}}, "\"k\" twice"},
      {"no key", {{}, {{"", ""}}, {}}, "empty"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto result = CommitNow(*store_, c.transaction);
    EXPECT_TRUE(absl::IsInvalidArgument(result.status()));
    EXPECT_THAT(result.status().message(), HasSubstr(c.message));
  }
  EXPECT_THAT(Listed(""), IsEmpty());
  EXPECT_TRUE(CommitNow(*store_, just_right).ok());
}

TEST_P(StoreContract, AWatchSeesWhatIsThereAndThenEveryCommitInOrder) {
  ASSERT_TRUE(CommitNow(*store_, {{}, {{"a/1", "old"}, {"b/1", ""}}, {}}).ok());
  std::vector<std::string> seen;
  auto watch = store_->StartWatch("a/", [&seen](const Changes& changes) {
    for (const KeyValue& put : changes.puts) {
      seen.push_back(absl::StrCat(put.key, "=", put.value, "@",
                                  put.mod_revision, "/", changes.revision));
    }
    for (const std::string& key : changes.deletes) {
      seen.push_back(absl::StrCat("-", key, "/", changes.revision));
    }
  });
  ASSERT_TRUE(watch.ok());
  EXPECT_THAT(seen, ElementsAre("a/1=old@1/1"));
  seen.clear();
  ASSERT_TRUE(CommitNow(*store_, {{}, {{"b/2", ""}}, {}}).ok());
  ASSERT_TRUE(CommitNow(*store_, {{}, {{"a/2", "x"}, {"b/2", ""}}, {}}).ok());
  ASSERT_TRUE(CommitNow(*store_, {{}, {}, {"a/1"}}).ok());
  EXPECT_THAT(seen, ElementsAre("a/2=x@3/3", "-a/1/4"));
  watch->reset();
  ASSERT_TRUE(CommitNow(*store_, {{}, {{"a/3", ""}}, {}}).ok());
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(StoreContract, TellsWatchesBeforeTheCommitIsDone) {
  int64_t seen = 0;
  auto watch = store_->StartWatch(
      "", [&seen](const Changes& changes) { seen = changes.revision; });
  Outcome<int64_t> seen_when_done;
  store_->Commit({{}, {{"k", ""}}, {}},
                 [&](absl::StatusOr<int64_t>) { seen_when_done(seen); });
  EXPECT_EQ(seen_when_done.Wait(), 1);
}

TEST_P(StoreContract, CarriesOutInTheOrderOfTheCallsAndFromWithin) {
  std::vector<int64_t> revisions;
  Outcome<bool> last;
  for (int i = 0; i < 200; ++i) {
    store_->Commit({{}, {{"k", absl::StrCat(i)}}, {}},
                   [&](absl::StatusOr<int64_t> r) { revisions.push_back(*r); });
  }
  store_->Commit({}, [&](absl::StatusOr<int64_t>) {
    store_->Commit({}, [&](absl::StatusOr<int64_t> r) { last(r.ok()); });
  });
  EXPECT_TRUE(last.Wait());
  ASSERT_EQ(revisions.size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(revisions[i], i + 1);
  EXPECT_THAT(Listed(""), ElementsAre("k=199@200"));
}

TEST_P(StoreContract, CarriesOutWhatWaitsWhenItCloses) {
  int done = 0;
  for (int i = 0; i < 50; ++i) {
    store_->Commit({{}, {{absl::StrCat(i), ""}}, {}},
                   [&done](absl::StatusOr<int64_t> r) { done += r.ok(); });
  }
  store_->Close();
  EXPECT_EQ(done, 50);
  EXPECT_TRUE(absl::IsCancelled(CommitNow(*store_, {}).status()));
  store_->Close();
}

}  // namespace
}  // namespace rollout::store
