// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch_process.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/programs/git_repository.h"

namespace rollout::gitops {
namespace {

using ::testing::HasSubstr;

class FetchProcessTest : public ::testing::Test {
 protected:
  FetchProcessTest() {
    std::string pattern = ::testing::TempDir() + "/fetch-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    request_.set_url("file:///nowhere/plans.git");
    request_.set_branch("main");
    request_.set_repository(directory_ + "/sources/plans/repository");
  }
  ~FetchProcessTest() override { std::filesystem::remove_all(directory_); }

  static std::string RealProgram() {
    return std::filesystem::absolute("controller/gitops/fetch/rollout-fetch");
  }

  // A program that does other things: $1 is the request, $2 the answer.
  std::string Script(const std::string& lines) {
    const std::string path = directory_ + "/rollout-fetch";
    std::ofstream(path) << "#!/bin/sh\n" << lines << "\n";
    chmod(path.c_str(), 0755);
    return path;
  }

  absl::Status FetchBy(const std::string& program,
                       absl::Duration timeout = absl::Minutes(5)) {
    return FetchProcess(program, &files_, timeout).Fetch(request_).status();
  }

  std::string directory_;
  PosixFileSystem files_;
  FetchRequest request_;
};

TEST_F(FetchProcessTest, BringsAResult) {
  auto repository = programs::GitRepository::Make(directory_).value();
  std::string commit = repository.Commit({{"a.yaml", "kind: Plan\n"}}).value();
  ASSERT_TRUE(repository.Push().ok());
  request_.set_url(repository.url());
  FetchProcess fetcher(RealProgram(), &files_);
  FetchResult result = fetcher.Fetch(request_).value();
  EXPECT_EQ(result.commit(), commit);
  ASSERT_EQ(result.files_size(), 1);
  EXPECT_EQ(result.files(0).content(), "kind: Plan\n");
  // Neither request nor answer is left.
  EXPECT_THAT(files_.List(directory_ + "/sources/plans").value(),
              ::testing::ElementsAre("repository", "repository.home"));
}

TEST_F(FetchProcessTest, LeavesANote) {
  auto repository = programs::GitRepository::Make(directory_).value();
  NoteRequest note;
  note.set_commit(repository.Commit({{"a.yaml", "kind: Plan\n"}}).value());
  ASSERT_TRUE(repository.Push().ok());
  note.set_url(repository.url());
  note.set_repository(directory_ + "/sources/plans/notes");
  note.set_key("prod: ");
  note.set_saying("prod: good");
  note.set_line("prod: good");
  note.set_author("ctl-1");
  FetchProcess pusher(RealProgram(), &files_);
  absl::Status status = pusher.PushNote(note);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(repository
                .Git({"--git-dir", repository.path(), "notes",
                      "--ref=rollout-status", "show", note.commit()})
                .value(),
            "prod: good");
  note.set_url("file:///nowhere/plans.git");
  status = pusher.PushNote(note);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
  EXPECT_THAT(status.message(), HasSubstr("file:///nowhere/plans.git: "));
  pusher.Stop();
  EXPECT_TRUE(absl::IsCancelled(pusher.PushNote(note)));
}

// As controllers that follow one repository do.
TEST_F(FetchProcessTest, NoNoteIsLostWhereSeveralAreLeftAtOnce) {
  constexpr int kWriters = 4;
  constexpr int kNotes = 6;
  constexpr int kTries = 1000;
  auto repository = programs::GitRepository::Make(directory_).value();
  const std::string commit =
      repository.Commit({{"a.yaml", "kind: Plan\n"}}).value();
  ASSERT_TRUE(repository.Push().ok());
  FetchProcess pusher(RealProgram(), &files_);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      NoteRequest note;
      note.set_url(repository.url());
      note.set_repository(absl::StrCat(directory_, "/notes-", writer));
      note.set_commit(commit);
      note.set_author("ctl-1");
      for (int i = 0; i < kNotes; ++i) {
        note.set_key(absl::StrCat(writer, "/", i, ": "));
        note.set_saying(note.key());
        note.set_line(note.key() + "good");
        absl::Status status = pusher.PushNote(note);
        for (int i = 0; i < kTries && absl::IsUnavailable(status); ++i) {
          status = pusher.PushNote(note);
        }
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::vector<std::string> lines =
      absl::StrSplit(repository
                         .Git({"--git-dir", repository.path(), "notes",
                               "--ref=rollout-status", "show", commit})
                         .value(),
                     '\n');
  EXPECT_EQ(lines.size(), kWriters * kNotes);
}

TEST_F(FetchProcessTest, TellsTheProgramsFailure) {
  absl::Status status = FetchBy(RealProgram());
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
  EXPECT_THAT(status.message(), HasSubstr("file:///nowhere/plans.git: "));
}

TEST_F(FetchProcessTest, TellsHowAProgramHasEnded) {
  struct Case {
    const char* script;
    absl::StatusCode code;
    const char* message;
  } cases[] = {
      {"kill -KILL $$", absl::StatusCode::kResourceExhausted, "no memory"},
      {"kill -BUS $$", absl::StatusCode::kResourceExhausted, "disk is full"},
      {"kill -SEGV $$", absl::StatusCode::kInternal, "signal 11"},
      {"echo no room >&2; exit 2", absl::StatusCode::kInternal, "no room"},
      {"exit 0", absl::StatusCode::kNotFound, "repository.answer"},
      {"echo nonsense >\"$2\"", absl::StatusCode::kInternal, "no FetchAnswer"},
      {"truncate -s 1G \"$2\"", absl::StatusCode::kInternal, "1073741824"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.script);
    absl::Status status = FetchBy(Script(one.script));
    EXPECT_EQ(status.code(), one.code) << status;
    EXPECT_THAT(status.message(), HasSubstr(one.message));
  }
}

TEST_F(FetchProcessTest, SaysWhatToInstall) {
  absl::Status status = FetchBy(directory_ + "/nothing");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(status.message(), HasSubstr("install rollout-fetch"));
}

TEST_F(FetchProcessTest, EndsWhatTakesTooLong) {
  absl::Status status = FetchBy(Script("exec sleep 1000"), absl::Seconds(1));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  EXPECT_THAT(status.message(), HasSubstr("after 1s"));
}

TEST_F(FetchProcessTest, StopEndsWhatRunsAndRefusesWhatComes) {
  const std::string fifo = directory_ + "/runs";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  FetchProcess fetcher(
      Script(absl::StrCat("echo >", fifo, "; exec sleep 1000")), &files_);
  std::thread stopper([&] {
    std::string line;
    std::ifstream runs(fifo);
    std::getline(runs, line);
    fetcher.Stop();
  });
  EXPECT_TRUE(absl::IsCancelled(fetcher.Fetch(request_).status()));
  stopper.join();
  fetcher.Stop();
  EXPECT_TRUE(absl::IsCancelled(fetcher.Fetch(request_).status()));
}

}  // namespace
}  // namespace rollout::gitops
