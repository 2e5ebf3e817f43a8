// SPDX-License-Identifier: Apache-2.0

#include "controller/fleet/observation_news.h"

#include "base/proto_time.h"
#include "gtest/gtest.h"

namespace rollout::fleet {
namespace {

v1::Observation Serving(absl::Duration age) {
  v1::Observation observation;
  v1::ServiceObservation* service = observation.add_services();
  service->set_plan("web");
  v1::GenerationObservation* generation = service->add_generations();
  generation->set_phase(v1::SERVING);
  *generation->mutable_serving_for() = ToProto(age);
  return observation;
}

TEST(SubstanceOf, IsTheSameInEveryHeartbeat) {
  const v1::Observation before = Serving(absl::Minutes(1));
  v1::Observation now = Serving(absl::Minutes(2));
  v1::GenerationObservation* generation =
      now.mutable_services(0)->mutable_generations(0);
  generation->mutable_usage()->set_memory_bytes(4096);
  EXPECT_EQ(SubstanceOf(before), SubstanceOf(now));
  generation->set_weight(50);
  EXPECT_NE(SubstanceOf(before), SubstanceOf(now));
  EXPECT_NE(SubstanceOf(before), SubstanceOf({}));
}

TEST(YoungestServing, LooksAtThoseThatServe) {
  EXPECT_EQ(YoungestServing({}), absl::InfiniteDuration());
  v1::Observation observation = Serving(absl::Hours(2));
  *observation.add_services() = Serving(absl::Hours(1)).services(0);
  v1::GenerationObservation* warm =
      observation.mutable_services(0)->add_generations();
  warm->set_phase(v1::WARM);
  *warm->mutable_serving_for() = ToProto(absl::Minutes(1));
  EXPECT_EQ(YoungestServing(observation), absl::Hours(1));
}

TEST(AgeSaysMore, WhileItIsYoungAndThenByTenths) {
  struct Case {
    absl::Duration age;
    absl::Duration told;
    bool more;
  };
  const Case kCases[] = {
      // A plan's minReady may be anything up to there.
      {absl::Minutes(14), absl::Minutes(14), true},
      {absl::Minutes(20), absl::Minutes(19), false},
      {absl::Minutes(22), absl::Minutes(20), true},
      // Serves no more: that is for the substance to say.
      {absl::InfiniteDuration(), absl::Minutes(20), false},
      {absl::InfiniteDuration(), absl::InfiniteDuration(), false},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(AgeSaysMore(c.age, c.told), c.more)
        << c.age << " after " << c.told;
  }
}

}  // namespace
}  // namespace rollout::fleet
