// SPDX-License-Identifier: Apache-2.0
//
// A repository that is no more than its newest commit.

#ifndef TESTS_FAKES_FAKE_FETCHER_H_
#define TESTS_FAKES_FAKE_FETCHER_H_

#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "controller/gitops/fetcher.h"

namespace rollout::gitops {

// Safe from any thread.
class FakeFetcher : public Fetcher {
 public:
  absl::StatusOr<FetchResult> Fetch(const FetchRequest& request) override {
    MutexLock lock(&mutex_);
    ++fetches_;
    changed_.NotifyAll();
    if (stopped_) return absl::CancelledError("stopped");
    if (!failure_.ok()) return failure_;
    if (request.known_commit() != head_.commit()) {
      ++reads_;
      return head_;
    }
    FetchResult unchanged;
    unchanged.set_commit(head_.commit());
    unchanged.set_unchanged(true);
    return unchanged;
  }

  void Stop() override {
    MutexLock lock(&mutex_);
    stopped_ = true;
  }

  // The branch is at a commit with these files from now on; returns its id.
  std::string Commit(const std::map<std::string, std::string>& files,
                     const std::string& subject = "a change") {
    FetchResult head;
    MutexLock lock(&mutex_);
    const std::string number = absl::StrCat(++commits_);
    head.set_commit(number + std::string(40 - number.size(), '0'));
    head.set_author("Ann <ann@example.com>");
    head.set_subject(subject);
    for (const auto& [path, content] : files) {
      File* file = head.add_files();
      file->set_path(path);
      file->set_content(content);
    }
    head_ = std::move(head);
    return head_.commit();
  }

  // Of the newest commit.
  void AddProblem(const std::string& path, const std::string& message) {
    MutexLock lock(&mutex_);
    Problem* problem = head_.add_problems();
    problem->set_path(path);
    problem->set_message(message);
  }

  // From now on every fetch gives this; OK: works again.
  void SetFailure(absl::Status failure) {
    MutexLock lock(&mutex_);
    failure_ = std::move(failure);
  }

  int fetches() {
    MutexLock lock(&mutex_);
    return fetches_;
  }
  // Those that were given a commit.
  int reads() {
    MutexLock lock(&mutex_);
    return reads_;
  }

  // Waits until there were so many.
  void AwaitFetches(int count) {
    MutexLock lock(&mutex_);
    while (fetches_ < count) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  FetchResult head_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  int fetches_ ABSL_GUARDED_BY(mutex_) = 0;
  int reads_ ABSL_GUARDED_BY(mutex_) = 0;
  int commits_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rollout::gitops

#endif  // TESTS_FAKES_FAKE_FETCHER_H_
