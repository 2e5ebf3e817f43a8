// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_reports.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/store/keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/memory_store.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CommitReportsTest : public ::testing::Test {
 protected:
  ~CommitReportsTest() override {
    store_.Close();
    reports_.Stop();
  }

  void See(const std::string& source, const std::string& commit,
           const std::string& refusal = "") {
    store::SourceRecord record;
    record.mutable_seen()->set_id(commit);
    record.set_refusal(refusal);
    store::Transaction transaction;
    transaction.puts.push_back(
        {store::SourceKey(source), record.SerializeAsString()});
    ASSERT_TRUE(store::CommitNow(store_, std::move(transaction)).ok());
  }

  // What was said within a minute.
  std::vector<std::string> Said() {
    said_.clear();
    const absl::Duration end = time_.Uptime() + absl::Minutes(1);
    while (time_.Step(end)) {
    }
    return said_;
  }

  simulation::SimulatedTime time_;
  store::MemoryStore store_;
  std::unique_ptr<store::Catalog> catalog_ = *store::Catalog::Open(store_);
  std::vector<std::string> said_;
  CommitReports reports_{*catalog_,
                         {{"prod", "https://link"}},
                         [this](CommitStatus status) {
                           EXPECT_EQ(status.target_url, "https://link");
                           said_.push_back(status.source + " " + status.commit +
                                           " " + status.description);
                         },
                         std::make_unique<simulation::SimulatedLoop>(time_)};
};

TEST_F(CommitReportsTest, SaysOnlyWhatIsNews) {
  EXPECT_THAT(Said(), IsEmpty());
  See("prod", "c1");
  EXPECT_THAT(Said(), ElementsAre("prod c1 applied; no service changed"));
  See("prod", "c1");
  See("other", "c9");
  EXPECT_THAT(Said(), IsEmpty());
  See("prod", "c2", "a.yaml:1:1: no");
  EXPECT_THAT(Said(), ElementsAre("prod c2 a.yaml:1:1: no"));
}

TEST_F(CommitReportsTest, ManyChangesAreOneReport) {
  for (int i = 0; i < 10; ++i) See("prod", "c" + std::to_string(i));
  EXPECT_THAT(Said(), ElementsAre("prod c9 applied; no service changed"));
}

}  // namespace
}  // namespace rollout::gitops
