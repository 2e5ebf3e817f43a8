// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/wanted_revision.h"

#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

v1::ServiceAssignment Wanting(int64_t attempt, uint32_t weight) {
  v1::ServiceAssignment assignment;
  v1::WeightedRevision* wanted = assignment.add_revisions();
  wanted->set_revision("R1");
  wanted->set_attempt(attempt);
  wanted->set_weight(weight);
  return assignment;
}

TEST(WantedRevisions, ForgetsAFailureOnlyForANewTry) {
  struct Case {
    const char* name;
    int64_t attempt;
    uint32_t weight;
    bool still_rejected;
  };
  const Case kCases[] = {
      {"the same again", 2, 500, true},
      {"less weight", 2, 0, true},
      {"more weight: somebody wants it more than before", 2, 1000, false},
      {"a new attempt", 3, 500, false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    WantedRevisions wanted;
    wanted.Assign(Wanting(2, 500));
    RecordFailure("it died", 7, true, absl::Seconds(100), wanted.Find("R1"));
    wanted.Assign(Wanting(c.attempt, c.weight));
    ASSERT_NE(wanted.Find("R1"), nullptr);
    EXPECT_EQ(wanted.Find("R1")->rejected, c.still_rejected);
    EXPECT_EQ(wanted.Find("R1")->failure.empty(), !c.still_rejected);
    EXPECT_EQ(wanted.Find("R1")->weight, static_cast<int>(c.weight));
  }
}

TEST(RecordFailure, WaitsLongerEachTime) {
  WantedRevision wanted;
  RecordFailure("it died", 1, false, absl::Seconds(100), &wanted);
  EXPECT_EQ(wanted.not_before, absl::Seconds(100) + absl::Milliseconds(100));
  RecordFailure("it died", 2, false, absl::Seconds(200), &wanted);
  EXPECT_EQ(wanted.not_before, absl::Seconds(200) + absl::Milliseconds(200));
  EXPECT_EQ(wanted.failed_generation, 2);
  EXPECT_FALSE(wanted.rejected);
}

}  // namespace
}  // namespace rollout::agent
