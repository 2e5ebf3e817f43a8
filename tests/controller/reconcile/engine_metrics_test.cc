// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/engine_metrics.h"

#include <string>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "controller/store/rollout_status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace rollout::reconcile {
namespace {

using ::testing::HasSubstr;

absl::Time At(int seconds) { return absl::FromUnixSeconds(1000000 + seconds); }

// A rollout of 500 s: 100 s paused, 60 s of baking, 30 s for an approval, and
// 10 s frozen at its end.
v1::Rollout Rollout() {
  v1::Rollout rollout;
  rollout.set_plan("web");
  rollout.set_phase(v1::PROGRESSING);
  *rollout.mutable_created() = ToProto(At(0));
  for (const auto& [seconds, reason] :
       std::initializer_list<std::pair<int, const char*>>{
           {20, "Paused"},
           {70, "Paused"},
           {120, ""},
           {200, "Baking"},
           {260, "ApprovalRequired"},
           {290, ""},
           {400, "HostsUnavailable"},
           {490, "Frozen"}}) {
    store::SetStandstill(&rollout, reason, At(seconds));
  }
  return rollout;
}

TEST(EngineMetrics, TellsApartWhatPeopleKeptWaiting) {
  v1::Rollout rollout = Rollout();
  store::SetPhase(&rollout, v1::SUPERSEDED, "Superseded", "", At(500));
  prometheus::Registry registry;
  EngineMetrics metrics(registry);
  metrics.CountRollout(rollout);
  const std::string text =
      prometheus::TextSerializer().Serialize(registry.Collect());
  const std::string labels = "{outcome=\"superseded\",plan=\"web\"} ";
  EXPECT_THAT(text, HasSubstr("rollout_rollouts_total" + labels + "1\n"));
  EXPECT_THAT(text,
              HasSubstr("rollout_rollout_seconds_sum" + labels + "360\n"));
  EXPECT_THAT(text, HasSubstr("rollout_rollout_waiting_seconds_sum" + labels +
                              "140\n"));
}

// The wall clock was set back meanwhile.
TEST(EngineMetrics, NobodyWaitsForLessThanNothing) {
  const v1::Rollout rollout = Rollout();
  EXPECT_EQ(store::WaitedForPeople(rollout, At(480)), absl::Seconds(130));
}

}  // namespace
}  // namespace rollout::reconcile
