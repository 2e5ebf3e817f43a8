// SPDX-License-Identifier: Apache-2.0
//
// A repository with a commit, and notes that are left there from this process.

#ifndef TESTS_CONTROLLER_GITOPS_FETCH_NOTE_FIXTURE_H_
#define TESTS_CONTROLLER_GITOPS_FETCH_NOTE_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "controller/gitops/fetch/note_push.h"
#include "tests/controller/gitops/fetch/fetch_fixture.h"

namespace rollout::gitops {

class NoteFixture : public FetchFixture {
 protected:
  NoteFixture() : commit_(Push({{"a.yaml", "1"}})) {
    note_.set_url(repository_->url());
    note_.set_repository(directory_ + "/notes");
    note_.set_commit(commit_);
    note_.set_author("ctl-1");
  }

  // Leaves the line "SOURCE: STATE at TIME".
  absl::Status Note(const std::string& state, int time,
                    const std::string& source = "prod") {
    note_.set_key(source + ": ");
    note_.set_saying(absl::StrCat(note_.key(), state, " "));
    note_.set_line(absl::StrCat(note_.saying(), "at ", time));
    return PushNote(note_, files_);
  }

  // As people read it; "": there is none.
  std::string Shown() {
    return repository_
        ->Git({"--git-dir", repository_->path(), "notes",
               "--ref=rollout-status", "show", commit_})
        .value_or("");
  }

  // What somebody does with the notes, in their own clone.
  void ByOthers(const std::vector<std::string>& arguments) {
    const char* const notes = "refs/notes/rollout-status";
    // There may be none yet.
    (void)repository_->Git({"fetch", "--quiet", repository_->path(),
                            absl::StrCat("+", notes, ":", notes)});
    auto done = repository_->Git(arguments);
    ASSERT_TRUE(done.ok()) << done.status();
    done = repository_->Git({"push", "--quiet", repository_->path(), notes});
    ASSERT_TRUE(done.ok()) << done.status();
  }

  void AddLineOfOthers(const std::string& line) {
    ByOthers({"notes", "--ref=rollout-status", "append", "-m", line, commit_});
  }

  // How many commits of notes there are.
  std::string CountNotes() {
    return repository_
        ->Git({"--git-dir", repository_->path(), "rev-list", "--count",
               "refs/notes/rollout-status"})
        .value_or("");
  }

  const std::string commit_;
  NoteRequest note_;
};

}  // namespace rollout::gitops

#endif  // TESTS_CONTROLLER_GITOPS_FETCH_NOTE_FIXTURE_H_
