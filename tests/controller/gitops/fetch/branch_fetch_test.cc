// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/branch_fetch.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/fetch/fetch_fixture.h"

namespace rollout::gitops {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

using BranchFetchTest = FetchFixture;

TEST_F(BranchFetchTest, BringsTheManifestsBelowThePath) {
  std::string commit = Push({{"plans/b.yml", "b"},
                             {"plans/a/c.yaml", "c"},
                             {"plans/a.yaml", "a"},
                             {"plans/README.md", "no manifest"},
                             {"elsewhere.yaml", "not asked for"}},
                            "The subject\n\nand the rest");
  request_.set_path("plans");
  FetchResult result = Fetch().value();
  EXPECT_EQ(result.commit(), commit);
  EXPECT_EQ(result.author(), "Ann Author <ann@example.com>");
  EXPECT_EQ(result.subject(), "The subject");
  EXPECT_GT(result.committed().seconds(), 1600000000);
  EXPECT_EQ(Paths(result), "plans/a.yaml plans/a/c.yaml plans/b.yml");
  EXPECT_EQ(result.files(1).content(), "c");
  EXPECT_EQ(result.problems_size(), 0) << result.DebugString();
}

TEST_F(BranchFetchTest, SaysOnlyThatNothingHasChanged) {
  request_.set_known_commit(Push({{"a.yaml", "1"}}));
  FetchResult result = Fetch().value();
  EXPECT_TRUE(result.unchanged());
  EXPECT_EQ(result.commit(), request_.known_commit());
  EXPECT_EQ(result.files_size(), 0);
  std::string next = Push({{"a.yaml", "2"}});
  result = Fetch().value();
  EXPECT_FALSE(result.unchanged());
  EXPECT_EQ(result.commit(), next);
}

TEST_F(BranchFetchTest, FollowsRewrittenHistory) {
  Push({{"a.yaml", "1"}, {"b.yaml", "1"}});
  Fetch().value();
  ASSERT_TRUE(repository_->Git({"checkout", "--quiet", "--orphan", "x"}).ok());
  fs::remove(repository_->work_tree() + "/b.yaml");
  std::string commit = Push({{"a.yaml", "2"}});
  FetchResult result = Fetch().value();
  EXPECT_EQ(result.commit(), commit);
  EXPECT_EQ(Paths(result), "a.yaml");
}

TEST_F(BranchFetchTest, GoesOnWhenBranchAndRepositoryAreBack) {
  Push({{"a.yaml", "1"}});
  Fetch().value();
  ASSERT_TRUE(repository_->Push("other").ok());
  const std::string git_dir = "--git-dir=" + repository_->path();
  ASSERT_TRUE(
      repository_->Git({git_dir, "update-ref", "-d", "refs/heads/main"}).ok());
  absl::Status status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("no branch \"main\": push it"));

  fs::rename(repository_->path(), directory_ + "/moved");
  status = Fetch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("No such file"));

  fs::rename(directory_ + "/moved", repository_->path());
  std::string commit = Push({{"a.yaml", "2"}});
  EXPECT_EQ(Fetch()->commit(), commit);
}

TEST_F(BranchFetchTest, AFolderThatIsNotThereIsTheCommitsFault) {
  Push({{"plans/a.yaml", "1"}});
  ASSERT_TRUE(repository_->Git({"add", "--all"}).ok());
  fs::create_symlink("plans", repository_->work_tree() + "/link");
  Push({});
  for (const char* path : {"gone", "plans/a.yaml", "plans/gone", "link"}) {
    SCOPED_TRACE(path);
    request_.set_path(path);
    FetchResult result = Fetch().value();
    EXPECT_EQ(result.files_size(), 0);
    EXPECT_THAT(ProblemOf(result, path), HasSubstr("no folder of this commit"));
  }
}

TEST_F(BranchFetchTest, ADamagedCopyIsMadeAnew) {
  Push({{"a.yaml", "1"}});
  Fetch().value();
  struct Damage {
    const char* name;
    void (*inflict)(const fs::path& copy);
  } damages[] = {
      {"gone", [](const fs::path& copy) { fs::remove_all(copy); }},
      {"no head", [](const fs::path& copy) { fs::remove(copy / "HEAD"); }},
      {"empty packs",
       [](const fs::path& copy) {
         for (const auto& file :
              fs::directory_iterator(copy / "objects/pack")) {
           fs::permissions(file, fs::perms::owner_all);
           fs::resize_file(file, 0);
         }
       }},
      {"no packs",
       [](const fs::path& copy) { fs::remove_all(copy / "objects/pack"); }},
      {"broken reference",
       [](const fs::path& copy) {
         std::ofstream(copy / "refs/rollout/head") << "nonsense";
       }},
      {"reference to nothing",
       [](const fs::path& copy) {
         std::ofstream(copy / "refs/rollout/head")
             << std::string(40, '1') << "\n";
       }},
      {"a file in its place",
       [](const fs::path& copy) {
         fs::remove_all(copy);
         std::ofstream(copy.string()) << "x";
       }},
  };
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.name);
    damage.inflict(request_.repository());
    FetchResult result = Fetch().value();
    EXPECT_EQ(Paths(result), "a.yaml");
    std::string commit = Push({{"a.yaml", damage.name}});
    EXPECT_EQ(Fetch()->commit(), commit);
  }
}

TEST_F(BranchFetchTest, WhatWasCutShortIsThrownAway) {
  Push({{"a.yaml", "1"}});
  fs::create_directories(request_.repository() + ".next/objects");
  EXPECT_EQ(Paths(Fetch().value()), "a.yaml");
  EXPECT_FALSE(fs::exists(request_.repository() + ".next"));
}

TEST_F(BranchFetchTest, ACrowdedCopyIsMadeAnew) {
  Push({{"a.yaml", "1"}});
  Fetch().value();
  ASSERT_EQ(CountPacks(), 1);
  Push({{"a.yaml", "2"}});
  Fetch().value();
  ASSERT_EQ(CountPacks(), 2);
  // Much that no commit needs, as of force pushes or of fetches cut short.
  const std::string remains = request_.repository() + "/objects/pack/pack_x";
  for (int i : {1, 2, 3}) {
    std::ofstream(absl::StrCat(remains, i)) << i;
    fs::resize_file(absl::StrCat(remains, i), 65 << 20);
  }
  std::string commit = Push({{"a.yaml", "3"}});
  FetchResult result = Fetch().value();
  EXPECT_EQ(result.commit(), commit);
  EXPECT_EQ(CountPacks(), 1);
  EXPECT_FALSE(fs::exists(remains + "1"));
}

TEST_F(BranchFetchTest, RefusesWhatCantBeAsked) {
  Push({{"a.yaml", "1"}});
  struct Case {
    const char* field;
    const char* value;
    const char* message;
  } cases[] = {
      {"url", "plans", "no address of a repository"},
      {"url", "https://me:hush@host/x", "has a password in it"},
      {"branch", "", "can't be the name of a branch"},
      {"branch", "a..b", "can't be the name of a branch"},
      {"branch", "*", "can't be the name of a branch"},
      {"path", "a/../b", "leads nowhere"},
      {"path", "a\nb", "leads nowhere"},
      {"repository", "copy", "not absolute"},
  };
  const FetchRequest good = request_;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.value);
    request_ = good;
    request_.GetReflection()->SetString(
        &request_, request_.GetDescriptor()->FindFieldByName(one.field),
        one.value);
    absl::Status status = Fetch().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(status.message(), HasSubstr(one.message));
    EXPECT_THAT(status.message(), Not(HasSubstr("hush")));
  }
}

TEST_F(BranchFetchTest, ReadsNobodysSettings) {
  Push({{"a.yaml", "1"}});
  // libgit2 looks for them when it begins.
  library_.reset();
  std::ofstream(directory_ + "/.gitconfig")
      << "[url \"file:///nowhere/\"]\n insteadOf = file:///\n";
  setenv("HOME", directory_.c_str(), 1);
  library_ = std::make_unique<GitLibrary>();
  EXPECT_EQ(Paths(Fetch().value()), "a.yaml");
}

}  // namespace
}  // namespace rollout::gitops
