// SPDX-License-Identifier: Apache-2.0
//
// What trees may hold that nobody would put there.

#include "controller/gitops/fetch/manifest_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/fetch/fetch_fixture.h"

namespace rollout::gitops {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

using ManifestFilesTest = FetchFixture;

TEST_F(ManifestFilesTest, FollowsNoLinks) {
  fs::create_symlink("/etc/passwd", repository_->work_tree() + "/out.yaml");
  fs::create_symlink("a.yaml", repository_->work_tree() + "/in.yml");
  fs::create_symlink("/etc", repository_->work_tree() + "/folder");
  Push({{"a.yaml", "a"}});
  FetchResult result = Fetch().value();
  EXPECT_EQ(Paths(result), "a.yaml");
  EXPECT_EQ(result.problems_size(), 2);
  EXPECT_EQ(ProblemOf(result, "out.yaml"),
            "is a link; links are not followed: put the file there");
  EXPECT_EQ(ProblemOf(result, "in.yml"), ProblemOf(result, "out.yaml"));
}

TEST_F(ManifestFilesTest, PassesOverSubmodules) {
  std::string commit = Push({{"a.yaml", "a"}});
  for (const char* name : {"module", "module.yaml"}) {
    ASSERT_TRUE(repository_
                    ->Git({"update-index", "--add", "--cacheinfo",
                           absl::StrCat("160000,", commit, ",", name)})
                    .ok());
  }
  ASSERT_TRUE(repository_->Git({"commit", "--quiet", "-m", "modules"}).ok());
  ASSERT_TRUE(repository_->Push().ok());
  FetchResult result = Fetch().value();
  EXPECT_EQ(Paths(result), "a.yaml");
  ASSERT_EQ(result.problems_size(), 1);
  EXPECT_THAT(ProblemOf(result, "module.yaml"), HasSubstr("is a submodule"));
}

TEST_F(ManifestFilesTest, TellsOfNamesAndContentsThatAreNoText) {
  Push({{"a\nb.yaml", "1"},
        {"c\xff.yaml", "1"},
        {"d\x1b[31m/e.yaml", "1"},
        {"f\x80g.txt", "1"},
        {"h.yaml", "bad: \xc3("},
        {"\xc3\xa4.yaml", "good: \xc3\xa4"}});
  FetchResult result = Fetch().value();
  EXPECT_EQ(Paths(result), "\xc3\xa4.yaml");
  EXPECT_EQ(result.problems_size(), 4);
  EXPECT_THAT(ProblemOf(result, "a\\nb.yaml"), HasSubstr("rename it"));
  EXPECT_THAT(ProblemOf(result, "c\\xff.yaml"), HasSubstr("rename it"));
  EXPECT_THAT(ProblemOf(result, "d\\x1b[31m/e.yaml"), HasSubstr("rename it"));
  EXPECT_THAT(ProblemOf(result, "h.yaml"), HasSubstr("UTF-8 after byte 5"));
}

TEST_F(ManifestFilesTest, TakesAnyTextAsItIs) {
  // What it means is for others to judge.
  std::string bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
  std::string nul("a: \0\n", 5);
  Push({{"bomb.yaml", bomb}, {"empty.yaml", ""}, {"nul.yaml", nul}});
  FetchResult result = Fetch().value();
  ASSERT_EQ(Paths(result), "bomb.yaml empty.yaml nul.yaml");
  EXPECT_EQ(result.files(0).content(), bomb);
  EXPECT_EQ(result.files(2).content(), nul);
}

TEST_F(ManifestFilesTest, TellsOfAFileThatIsTooLarge) {
  Push({{"large.yaml", std::string((1 << 20) + 1, 'x')},
        {"limit.yaml", std::string(1 << 20, 'x')}});
  FetchResult result = Fetch().value();
  EXPECT_EQ(Paths(result), "limit.yaml");
  EXPECT_THAT(ProblemOf(result, "large.yaml"),
              HasSubstr("is of 1048577 bytes"));
}

TEST_F(ManifestFilesTest, StopsAtTooManyFiles) {
  programs::GitFiles many;
  for (int i = 0; i < 10000; ++i) many[absl::StrCat("f", i, ".yaml")] = "x";
  Push(many);
  FetchResult result = Fetch().value();
  EXPECT_EQ(result.files_size(), 5000);
  ASSERT_EQ(result.problems_size(), 1);
  EXPECT_THAT(ProblemOf(result, ""), HasSubstr("more than 5000 manifests"));
}

TEST_F(ManifestFilesTest, StopsAtTooManyBytes) {
  programs::GitFiles many;
  for (int i = 0; i < 65; ++i) {
    many[absl::StrCat(i, ".yaml")] = std::string(1 << 20, 'x');
  }
  Push(many);
  FetchResult result = Fetch().value();
  EXPECT_EQ(result.files_size(), 64);
  EXPECT_THAT(ProblemOf(result, ""), HasSubstr("64 MiB"));
}

TEST_F(ManifestFilesTest, StopsAtTooManyProblems) {
  programs::GitFiles many;
  for (int i = 0; i < 150; ++i) many[absl::StrCat("\n", i, ".yaml")] = "x";
  Push(many);
  EXPECT_EQ(Fetch()->problems_size(), 100);
}

TEST_F(ManifestFilesTest, StopsAtTooManyLevels) {
  std::string folder;
  for (int i = 0; i < 63; ++i) folder += "d/";
  Push({{folder + "a.yaml", "x"}});
  EXPECT_EQ(Fetch()->files_size(), 1);
  Push({{folder + "d/b.yaml", "x"}});
  FetchResult result = Fetch().value();
  EXPECT_EQ(result.files_size(), 1);
  EXPECT_THAT(ProblemOf(result, ""), HasSubstr("more than 64 folders"));
}

// Folders that all are one: 10 names on each of 6 levels are a million files in
// 7 objects.
TEST_F(ManifestFilesTest, StopsAtATreeThatIsOneManyTimes) {
  std::string object = repository_->work_tree() + "/object";
  programs::GitFiles files;
  for (int i = 0; i < 10; ++i) files[absl::StrCat("f", i, ".txt")] = "x";
  repository_->Commit(files).value();
  std::string tree = repository_->Git({"rev-parse", "HEAD^{tree}"}).value();
  for (int level = 0; level < 5; ++level) {
    std::ofstream content(object, std::ios::binary);
    for (int i = 0; i < 10; ++i) {
      content << "40000 d" << i << '\0' << absl::HexStringToBytes(tree);
    }
    content.close();
    tree =
        repository_->Git({"hash-object", "-t", "tree", "-w", object}).value();
  }
  std::string commit =
      repository_->Git({"commit-tree", "-m", "deep", tree}).value();
  ASSERT_TRUE(repository_->Git({"reset", "--quiet", "--soft", commit}).ok());
  ASSERT_TRUE(repository_->Push().ok());
  FetchResult result = Fetch().value();
  EXPECT_THAT(ProblemOf(result, ""), HasSubstr("more than 100000 files"));
}

}  // namespace
}  // namespace rollout::gitops
