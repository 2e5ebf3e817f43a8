// SPDX-License-Identifier: Apache-2.0
//
// Notes in a repository on this machine.

#include "controller/gitops/fetch/note_push.h"

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/fetch/note_fixture.h"

namespace rollout::gitops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using NotePushTest = NoteFixture;

TEST_F(NotePushTest, IsWhatGitShowsAndIsReplacedNotPiledUp) {
  ASSERT_TRUE(Note("pending", 1).ok());
  EXPECT_EQ(Shown(), "prod: pending at 1");
  ASSERT_TRUE(Note("success", 2).ok());
  EXPECT_EQ(Shown(), "prod: success at 2");
  ASSERT_TRUE(Note("pending", 3, "test").ok());
  EXPECT_EQ(Shown(), "prod: success at 2\ntest: pending at 3");
  // It says so already.
  ASSERT_TRUE(Note("success", 4).ok());
  EXPECT_EQ(Shown(), "prod: success at 2\ntest: pending at 3");
  EXPECT_EQ(CountNotes(), "3");
  EXPECT_THAT(repository_
                  ->Git({"--git-dir", repository_->path(), "log", "-1",
                         "--format=%an <%ae>", "refs/notes/rollout-status"})
                  .value_or(""),
              "Rollout <rollout@ctl-1>");
}

TEST_F(NotePushTest, WhatOthersWroteStays) {
  AddLineOfOthers("looked at by Bob");
  ASSERT_TRUE(Note("pending", 1).ok());
  AddLineOfOthers("and by Eve");
  ASSERT_TRUE(Note("success", 2).ok());
  EXPECT_EQ(Shown(), "looked at by Bob\nprod: success at 2\n\nand by Eve");
}

// Where git has put them in folders, as it does with many.
TEST_F(NotePushTest, TheNotesOfOtherCommitsStay) {
  AddLineOfOthers("looked at by Bob");
  ByOthers(
      {"-c",
       absl::StrCat("alias.spread=!seq 300 | while read i; do echo ", commit_,
                    " $(echo $i | sha1sum | cut -c1-40); done | git "
                    "notes --ref=rollout-status copy --stdin"),
       "spread"});
  const auto of_notes = [this](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--git-dir", repository_->path()});
    return repository_->Git(arguments).value_or("");
  };
  const std::vector<std::string> list = {"notes", "--ref=rollout-status",
                                         "list"};
  ASSERT_THAT(of_notes({"ls-tree", "refs/notes/rollout-status"}),
              HasSubstr(" tree "));
  const std::vector<std::string> before = absl::StrSplit(of_notes(list), '\n');
  ASSERT_EQ(before.size(), 301);
  ASSERT_TRUE(Note("pending", 1).ok());
  ASSERT_TRUE(Note("failure", 2).ok());
  EXPECT_EQ(Shown(), "looked at by Bob\nprod: failure at 2");
  const std::vector<std::string> after = absl::StrSplit(of_notes(list), '\n');
  ASSERT_EQ(after.size(), before.size());
  int changed = 0;
  for (size_t i = 0; i < after.size(); ++i) changed += after[i] != before[i];
  EXPECT_EQ(changed, 1);
}

TEST_F(NotePushTest, WhoSharesTheRepositoryCanGoOn) {
  const auto set_mode = [](const std::string& path, mode_t mode) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  };
  const std::string objects = repository_->path() + "/objects";
  const auto folders = [&] {
    std::set<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(objects)) {
      paths.insert(entry.path());
    }
    return paths;
  };
  set_mode(objects, 0770);
  const std::set<std::filesystem::path> before = folders();
  const mode_t mask = umask(077);
  const absl::Status noted = Note("pending", 1);
  umask(mask);
  ASSERT_TRUE(noted.ok()) << noted;
  int made = 0;
  for (const std::filesystem::path& path : folders()) {
    if (before.count(path) != 0) continue;
    ++made;
    struct stat folder {};
    ASSERT_EQ(stat(path.c_str(), &folder), 0);
    EXPECT_EQ(folder.st_mode & 0777, 0770) << path;
  }
  EXPECT_GT(made, 0);
}

TEST_F(NotePushTest, SaysWhatCantBeDone) {
  struct Case {
    const char* name;
    void (*change)(NoteRequest*);
    absl::StatusCode code;
    const char* message;
  };
  const Case kCases[] = {
      {"no repository",
       [](NoteRequest* note) { note->set_url("file:///nowhere/plans.git"); },
       absl::StatusCode::kNotFound, "file:///nowhere/plans.git: "},
      {"no URL", [](NoteRequest* note) { note->set_url("plans"); },
       absl::StatusCode::kInvalidArgument, "no address"},
      {"no commit", [](NoteRequest* note) { note->set_commit("HEAD"); },
       absl::StatusCode::kInvalidArgument, "\"HEAD\" is not the id"},
      {"two lines", [](NoteRequest* note) { note->set_line("prod: a\nb"); },
       absl::StatusCode::kInvalidArgument, "not one line"},
      {"no key", [](NoteRequest* note) { note->clear_key(); },
       absl::StatusCode::kInvalidArgument, "begins with its key"},
      {"a copy nowhere", [](NoteRequest* note) { note->set_repository("x"); },
       absl::StatusCode::kInvalidArgument, "is not absolute"},
  };
  note_.set_key("prod: ");
  note_.set_saying("prod: ");
  note_.set_line("prod: good");
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    NoteRequest note = note_;
    c.change(&note);
    const absl::Status status = PushNote(note, files_);
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST_F(NotePushTest, SaysWhatALockThatWasLeftNeeds) {
  ASSERT_TRUE(Note("pending", 1).ok());
  const std::string lock =
      repository_->path() + "/refs/notes/rollout-status.lock";
  ASSERT_TRUE(files_.WriteAtomically(lock, "").ok());
  const absl::Status status = Note("success", 2);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("remove refs/notes/rollout-status.lock"));
  ASSERT_TRUE(files_.RemoveAll(lock).ok());
  EXPECT_TRUE(Note("success", 2).ok());
}

TEST_F(NotePushTest, ANoteThatIsNoTextIsLeftAlone) {
  ASSERT_TRUE(
      files_.WriteAtomically(directory_ + "/blob", std::string("a\0b\n", 4))
          .ok());
  const std::string blob =
      repository_->Git({"hash-object", "-w", directory_ + "/blob"}).value();
  ByOthers({"notes", "--ref=rollout-status", "add", "-C", blob});
  const absl::Status status = Note("pending", 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("no text"), HasSubstr("git notes")));
  EXPECT_EQ(CountNotes(), "1");
}

}  // namespace
}  // namespace rollout::gitops
