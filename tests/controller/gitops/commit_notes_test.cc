// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_notes.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "controller/gitops/note_pusher.h"
#include "controller/gitops/status_queue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "prometheus/registry.h"

namespace rollout::gitops {
namespace {

using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr char kCommit[] = "0123456789abcdef0123456789abcdef01234567";
constexpr char kGone[] = "https://gone.example/plans.git";
constexpr char kSilent[] = "https://silent.example/plans.git";

// One end is gone, one says nothing until the pusher is stopped; the others
// take what comes, the first time only as the test says.
class FakePusher : public NotePusher {
 public:
  absl::Status PushNote(const NoteRequest& request) override {
    MutexLock lock(&mutex_);
    requests_.push_back(request);
    changed_.NotifyAll();
    if (request.url() == kGone) return absl::UnavailableError("it is gone");
    while (request.url() == kSilent && !stopped_) changed_.Wait(&mutex_);
    if (stopped_) return absl::CancelledError("stopped");
    return requests_.size() == 1 ? first_ : absl::OkStatus();
  }
  void Stop() override {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }

  void SetFirst(absl::Status status) {
    MutexLock lock(&mutex_);
    first_ = std::move(status);
  }
  // Waits until there were so many; those there were.
  std::vector<NoteRequest> Await(size_t count) {
    MutexLock lock(&mutex_);
    while (requests_.size() < count) changed_.Wait(&mutex_);
    return requests_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<NoteRequest> requests_ ABSL_GUARDED_BY(mutex_);
  absl::Status first_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

class CommitNotesTest : public ::testing::Test {
 protected:
  static std::map<std::string, NoteTarget> Targets() {
    Credentials credentials;
    credentials.set_password_file("/etc/token");
    return {{"prod", {"https://h/plans.git", credentials, "/data/prod/notes"}},
            {"gone", {kGone, {}, "/data/gone/notes"}},
            {"silent", {kSilent, {}, "/data/silent/notes"}}};
  }

  static StatusQueueSettings Quick() {
    StatusQueueSettings settings;
    settings.first_wait = settings.longest_wait = absl::Milliseconds(1);
    settings.max_tries = 3;
    return settings;
  }

  SystemClock clock_;
  prometheus::Registry registry_;
  FakePusher pusher_;
  CommitNotes notes_{Targets(), "ctl-1", pusher_, clock_};
  StatusQueue queue_{notes_, kNoteMetric, Quick(), registry_};
};

TEST_F(CommitNotesTest, IsALineOfJsonThatIsKnownByHowItBegins) {
  queue_.Report({"prod", kCommit, CommitState::kSuccess,
                 "3 of 3 \"rollouts\"\ncomplete", "https://r.example"});
  const NoteRequest request = pusher_.Await(1).front();
  EXPECT_EQ(request.url(), "https://h/plans.git");
  EXPECT_EQ(request.credentials().password_file(), "/etc/token");
  EXPECT_EQ(request.repository(), "/data/prod/notes");
  EXPECT_EQ(request.commit(), kCommit);
  EXPECT_EQ(request.author(), "ctl-1");
  EXPECT_EQ(request.key(), R"({"context":"rollout/prod",)");
  EXPECT_EQ(request.saying(),
            R"({"context":"rollout/prod","state":"success",)"
            R"("description":"3 of 3 \"rollouts\"\ncomplete",)"
            R"("target_url":"https://r.example","controller":"ctl-1",)");
  EXPECT_THAT(request.line(), StartsWith(request.saying()));
  nlohmann::json line = nlohmann::json::parse(request.line(), nullptr, false);
  absl::Time time;
  std::string error;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full,
                              line.value("time", std::string()), &time, &error))
      << error;
  EXPECT_LT(absl::AbsDuration(absl::Now() - time), absl::Minutes(1));
  EXPECT_EQ(line.size(), 6);
}

TEST_F(CommitNotesTest, SomebodyElseWasFasterIsTriedAgain) {
  pusher_.SetFirst(absl::UnavailableError("somebody else"));
  queue_.Report({"prod", kCommit, CommitState::kSuccess, "", ""});
  EXPECT_EQ(pusher_.Await(2).back().commit(), kCommit);
}

TEST_F(CommitNotesTest, ADeadRemoteDoesNotConcernAnother) {
  queue_.Report({"gone", kCommit, CommitState::kPending, "", ""});
  queue_.Report({"prod", kCommit, CommitState::kPending, "", ""});
  queue_.Report({"unknown", kCommit, CommitState::kPending, "", ""});
  std::vector<std::string> urls;
  for (const NoteRequest& request : pusher_.Await(4)) {
    urls.push_back(request.url());
  }
  EXPECT_THAT(urls,
              UnorderedElementsAre(kGone, kGone, kGone, "https://h/plans.git"));
}

TEST_F(CommitNotesTest, StopsInTheMiddleOfAPush) {
  queue_.Report({"silent", kCommit, CommitState::kPending, "", ""});
  pusher_.Await(1);
  queue_.Report({"prod", kCommit, CommitState::kPending, "", ""});
  queue_.Stop();
  EXPECT_EQ(pusher_.Await(1).size(), 1);
}

}  // namespace
}  // namespace rollout::gitops
