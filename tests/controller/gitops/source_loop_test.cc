// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_loop.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/memory_store.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::gitops {
namespace {

class SourceLoopTest : public ::testing::Test {
 protected:
  SourceLoopTest() {
    SourceSettings settings;
    settings.name = "prod";
    settings.interval = absl::Seconds(60);
    settings.policy.allow_empty = true;
    sync_ = std::make_unique<SourceSync>(
        SyncRooms{*catalog_, *history_, operations_, fetcher_, time_,
                  [](const std::vector<manifest::ParsedPlan>&) {
                    return absl::OkStatus();
                  },
                  ResolveDigest, metrics_},
        settings, "/tmp/none", std::set<std::string>{"prod"});
    loop_ = std::make_unique<SourceLoop>(
        *sync_, time_, std::make_unique<simulation::SimulatedLoop>(time_));
  }
  ~SourceLoopTest() override {
    loop_.reset();
    store_.Close();
    history_store_.Close();
  }

  // Lets that time pass; how often the repository was asked in it.
  int FetchesWithin(absl::Duration span) {
    const int before = fetcher_.fetches();
    const absl::Duration end = time_.Uptime() + span;
    while (time_.Step(end)) {
    }
    return fetcher_.fetches() - before;
  }

  simulation::SimulatedTime time_;
  store::MemoryStore store_;
  store::MemoryStore history_store_;
  std::unique_ptr<store::Catalog> catalog_ = *store::Catalog::Open(store_);
  std::unique_ptr<store::History> history_ =
      *store::History::Open(history_store_, {});
  store::PlanOperations operations_{*catalog_, *history_, time_};
  FakeFetcher fetcher_;
  prometheus::Registry registry_;
  SourceMetrics metrics_{registry_};
  std::unique_ptr<SourceSync> sync_;
  std::unique_ptr<SourceLoop> loop_;
};

TEST_F(SourceLoopTest, LooksAtOnceAndThenEveryInterval) {
  EXPECT_EQ(FetchesWithin(absl::Seconds(1)), 1);
  EXPECT_EQ(FetchesWithin(absl::Seconds(50)), 0);
  const int in_ten_minutes = FetchesWithin(absl::Minutes(10));
  EXPECT_GE(in_ten_minutes, 9);
  EXPECT_LE(in_ten_minutes, 12);
}

TEST_F(SourceLoopTest, AHintIsFollowedAtOnce) {
  FetchesWithin(absl::Seconds(1));
  fetcher_.Commit({});
  loop_->Hint();
  EXPECT_EQ(FetchesWithin(absl::ZeroDuration()), 1);
  EXPECT_EQ(sync_->Status().applied().id(), sync_->Status().seen().id());
  // The branch had moved: the next one need not wait for long.
  fetcher_.Commit({});
  loop_->Hint();
  EXPECT_EQ(FetchesWithin(absl::Milliseconds(999)), 0);
  EXPECT_EQ(FetchesWithin(absl::Milliseconds(2)), 1);
}

TEST_F(SourceLoopTest, TenThousandHintsAreOneFetchOrTwo) {
  FetchesWithin(absl::Seconds(1));
  fetcher_.Commit({});
  int fetches = 0;
  for (int i = 0; i < 10000; ++i) {
    loop_->Hint();
    fetches += FetchesWithin(absl::Milliseconds(1));
  }
  EXPECT_EQ(fetches, 2);
  // The last of them was not forgotten.
  fetcher_.Commit({});
  EXPECT_EQ(FetchesWithin(absl::Seconds(5)), 1);
}

TEST_F(SourceLoopTest, WhoAsksGetsAPassOfHisOwn) {
  FetchesWithin(absl::Seconds(1));
  const std::string commit = fetcher_.Commit({});
  std::vector<std::string> applied;
  for (int i = 0; i < 3; ++i) {
    loop_->Sync([&applied](absl::StatusOr<v1::Source> source) {
      ASSERT_TRUE(source.ok());
      applied.push_back(source->applied().id());
    });
  }
  EXPECT_EQ(FetchesWithin(absl::ZeroDuration()), 1);
  EXPECT_EQ(applied, std::vector<std::string>(3, commit));
}

TEST_F(SourceLoopTest, NobodyWaitsForever) {
  std::vector<absl::Status> answers;
  for (int i = 0; i < 101; ++i) {
    loop_->Sync([&answers](absl::StatusOr<v1::Source> source) {
      answers.push_back(source.status());
    });
  }
  ASSERT_EQ(answers.size(), 1);
  EXPECT_TRUE(absl::IsResourceExhausted(answers[0])) << answers[0];
  loop_->Stop();
  loop_->Sync([&answers](absl::StatusOr<v1::Source> source) {
    answers.push_back(source.status());
  });
  ASSERT_EQ(answers.size(), 102);
  for (size_t i = 1; i < answers.size(); ++i) {
    EXPECT_TRUE(absl::IsCancelled(answers[i])) << answers[i];
  }
}

}  // namespace
}  // namespace rollout::gitops
