// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/forge_statuses.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "prometheus/registry.h"
#include "tests/controller/gitops/dead_port.h"
#include "tests/controller/gitops/scripted_server.h"

namespace rollout::gitops {
namespace {

using ::testing::EndsWith;

constexpr char kCommit[] = "0123456789abcdef0123456789abcdef01234567";

// A forge that answers as the test says, and a queue for its source
// "web". A second source, "api", has a forge that is gone.
class ForgeStatusesTest : public ::testing::Test {
 protected:
  ForgeStatusesTest() {
    token_file_ =
        ::testing::TempDir() + "/" +
        ::testing::UnitTest::GetInstance()->current_test_info()->name();
    WriteToken("secret\n");
    bounds_.time = absl::Hours(1);
    settings_.first_wait = settings_.longest_wait = absl::Milliseconds(1);
    settings_.max_tries = 3;
  }

  void WriteToken(const std::string& token) {
    ASSERT_TRUE(files_.WriteAtomically(token_file_, token).ok());
  }

  StatusQueue& Start() {
    statuses_ = std::make_unique<ForgeStatuses>(
        std::map<std::string, Forge>{
            {"web", {server_.Url("/api"), "owner/web", token_file_, "", ""}},
            {"api", {dead_.Url("/api"), "owner/api", token_file_, "", ""}}},
        files_, bounds_);
    queue_ = std::make_unique<StatusQueue>(*statuses_, kForgeMetric, settings_,
                                           registry_);
    return *queue_;
  }

  double Count(const std::string& outcome) {
    for (const auto& family : registry_.Collect()) {
      for (const auto& metric : family.metric) {
        if (metric.label[0].value == outcome) return metric.counter.value;
      }
    }
    return -1;
  }

  // Whether `outcome` is counted so often, within half a minute.
  bool AwaitCount(const std::string& outcome, double count) {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (Count(outcome) != count) {
      if (absl::Now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static nlohmann::json BodyOf(const httplib::Request& request) {
    return nlohmann::json::parse(request.body, nullptr, false);
  }

  PosixFileSystem files_;
  std::string token_file_;
  HttpBounds bounds_ = kForgeBounds;
  StatusQueueSettings settings_;
  prometheus::Registry registry_;
  DeadPort dead_;
  // What is answered to all requests before that of the number `good_from_`,
  // which begin with 1; to the others 201.
  std::atomic<int> bad_status_{500};
  std::atomic<size_t> good_from_{0};
  // Answers wait until the server is released.
  std::atomic<bool> holds_{false};
  ScriptedServer server_{
      [this](const httplib::Request&, httplib::Response& response) {
        if (holds_) server_.Hold();
        response.status =
            server_.requests().size() < good_from_ ? bad_status_.load() : 201;
      }};
  std::unique_ptr<ForgeStatuses> statuses_;
  std::unique_ptr<StatusQueue> queue_;
};

TEST_F(ForgeStatusesTest, IsOfGitHubsForm) {
  Start().Report({"web", kCommit, CommitState::kSuccess, "3 of 3 hosts",
                  "https://rollout.example/web/7"});
  ASSERT_TRUE(AwaitCount("sent", 1));
  const httplib::Request request = server_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path,
            absl::StrCat("/api/repos/owner/web/statuses/", kCommit));
  EXPECT_EQ(request.get_header_value("Authorization"), "token secret");
  EXPECT_EQ(request.get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(BodyOf(request),
            nlohmann::json({{"state", "success"},
                            {"context", "rollout/web"},
                            {"description", "3 of 3 hosts"},
                            {"target_url", "https://rollout.example/web/7"}}));
}

TEST_F(ForgeStatusesTest, CutsADescriptionBetweenCharacters) {
  std::string description = "x";
  for (int i = 0; i < 100; ++i) description += "\u00e9";
  Start().Report({"web", kCommit, CommitState::kFailure, description, ""});
  ASSERT_TRUE(AwaitCount("sent", 1));
  nlohmann::json body = BodyOf(server_.requests().at(0));
  EXPECT_EQ(body.count("target_url"), 0u);
  const std::string sent = body["description"];
  EXPECT_EQ(sent.size(), 140u);
  EXPECT_THAT(sent, EndsWith("\u00e9..."));
}

TEST_F(ForgeStatusesTest, TriesAgainWhatMayPass) {
  for (int passing : {500, 503, 429, 408}) {
    SCOPED_TRACE(passing);
    const size_t before = server_.requests().size();
    const double sent = std::max(0.0, Count("sent"));
    bad_status_ = passing;
    good_from_ = before + 3;
    if (!queue_) Start();
    queue_->Report({"web", kCommit, CommitState::kPending, "", ""});
    ASSERT_TRUE(AwaitCount("sent", sent + 1));
    EXPECT_EQ(server_.requests().size(), before + 3);
  }
  EXPECT_EQ(Count("failed"), 0);
}

TEST_F(ForgeStatusesTest, GivesUp) {
  struct Case {
    int status;
    size_t requests;
  };
  double failed = 0;
  size_t requests = 0;
  good_from_ = std::numeric_limits<size_t>::max();
  Start();
  for (const Case& c : {Case{500, 3}, Case{401, 1}, Case{403, 1}, Case{404, 1},
                        Case{422, 1}, Case{302, 1}}) {
    SCOPED_TRACE(c.status);
    bad_status_ = c.status;
    queue_->Report({"web", kCommit, CommitState::kPending, "", ""});
    ASSERT_TRUE(AwaitCount("failed", ++failed));
    EXPECT_EQ(server_.requests().size(), requests += c.requests);
  }
  EXPECT_EQ(Count("sent"), 0);
}

TEST_F(ForgeStatusesTest, ADeadForgeDoesNotConcernAnother) {
  Start().Report({"api", kCommit, CommitState::kPending, "", ""});
  queue_->Report({"web", kCommit, CommitState::kPending, "", ""});
  queue_->Report({"unknown", kCommit, CommitState::kPending, "", ""});
  EXPECT_TRUE(AwaitCount("sent", 1));
  EXPECT_TRUE(AwaitCount("failed", 1));
}

TEST_F(ForgeStatusesTest, ReadsTheTokenEachTime) {
  Start().Report({"web", kCommit, CommitState::kPending, "", ""});
  ASSERT_TRUE(AwaitCount("sent", 1));
  WriteToken("newer");
  queue_->Report({"web", kCommit, CommitState::kPending, "", ""});
  ASSERT_TRUE(AwaitCount("sent", 2));
  EXPECT_EQ(server_.requests()[1].get_header_value("Authorization"),
            "token newer");

  double failed = 0;
  for (const char* bad : {"", "\n", "a\nX-Header: b", "a b"}) {
    SCOPED_TRACE(bad);
    WriteToken(bad);
    queue_->Report({"web", kCommit, CommitState::kPending, "", ""});
    ASSERT_TRUE(AwaitCount("failed", ++failed));
  }
  ASSERT_TRUE(files_.RemoveAll(token_file_).ok());
  queue_->Report({"web", kCommit, CommitState::kPending, "", ""});
  EXPECT_TRUE(AwaitCount("failed", ++failed));
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(ForgeStatusesTest, ASlowForgeIsLeftAlone) {
  bounds_.time = absl::Milliseconds(50);
  holds_ = true;
  Start().Report({"web", kCommit, CommitState::kPending, "", ""});
  EXPECT_TRUE(AwaitCount("failed", 1));
}

// With a time of an hour for each.
TEST_F(ForgeStatusesTest, StopsInTheMiddleOfASend) {
  holds_ = true;
  Start().Report({"web", kCommit, CommitState::kPending, "", ""});
  server_.AwaitRequests(1);
  queue_->Stop();
  queue_->Report({"web", kCommit, CommitState::kSuccess, "", ""});
  queue_->Stop();
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(ForgeStatusesTest, AFloodIsBoundedAndTheNewestIsTold) {
  constexpr int kCommits = 1000;
  constexpr size_t kRoom = 100;
  settings_.max_waiting = kRoom;
  holds_ = true;
  Start().Report({"web", "first", CommitState::kPending, "", ""});
  server_.AwaitRequests(1);
  for (CommitState state : {CommitState::kPending, CommitState::kSuccess}) {
    for (int i = 0; i < kCommits; ++i) {
      queue_->Report({"web", absl::StrCat(i), state, "", ""});
    }
  }
  // Again and again: only the newest waits, as one of the hundred.
  for (int i = 0; i < kCommits; ++i) {
    queue_->Report({"web", "first", CommitState::kPending, "", ""});
  }
  queue_->Report({"web", "first", CommitState::kFailure, "", ""});
  EXPECT_EQ(Count("dropped"), 2 * kCommits + 1 - kRoom);
  server_.Release();
  ASSERT_TRUE(AwaitCount("sent", 1 + kRoom));

  std::set<std::string> told;
  for (const httplib::Request& request : server_.requests()) {
    told.insert(absl::StrCat(request.path.substr(request.path.rfind('/') + 1),
                             " ", BodyOf(request)["state"].get<std::string>()));
  }
  EXPECT_EQ(told.size(), 1 + kRoom);
  EXPECT_EQ(told.count("first pending"), 1u);
  EXPECT_EQ(told.count("first failure"), 1u);
  EXPECT_EQ(told.count("999 success"), 1u);
  EXPECT_EQ(told.count("999 pending"), 0u);
  EXPECT_EQ(told.count("0 success"), 0u);
}

}  // namespace
}  // namespace rollout::gitops
