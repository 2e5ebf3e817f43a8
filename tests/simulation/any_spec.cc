// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/any_spec.h"

#include "absl/time/time.h"
#include "base/proto_time.h"

namespace rollout::simulation {
namespace {

void AddSteps(SimulatedTime& time, v1::Strategy* strategy) {
  int hosts = 1, weight = 50;
  for (int i = 1 + time.Below(3); i > 0; --i) {
    v1::CanaryStep* step = strategy->add_steps();
    hosts += time.Below(2);
    if (time.Chance(500)) weight = weight == 50 ? 500 : 1000;
    step->mutable_hosts()->set_count(hosts);
    step->set_weight(weight);
    *step->mutable_bake() = ToProto(absl::Seconds(time.Below(40)));
    step->set_approval(time.Chance(250) ? v1::CanaryStep::FOUR_EYES
                                        : v1::CanaryStep::NONE);
  }
}

}  // namespace

v1::PlanSpec AnySpec(const std::string& plan, const std::string& command,
                     SimulatedTime& time) {
  v1::PlanSpec spec;
  (*spec.mutable_hosts()->mutable_match_labels())[plan] = "yes";
  spec.mutable_service()->add_command(command);
  v1::Strategy* strategy = spec.mutable_strategy();
  auto count = [](v1::HostLimit* limit, int hosts) { limit->set_count(hosts); };
  if (time.Chance(250)) {
    strategy->mutable_max_surge()->set_percent(25);
  } else {
    count(strategy->mutable_max_surge(), time.Below(4));
  }
  count(strategy->mutable_max_unavailable(), time.Below(3));
  if (strategy->max_surge().count() == 0 &&
      strategy->max_unavailable().count() == 0 &&
      !strategy->max_surge().has_percent()) {
    count(strategy->mutable_max_surge(), 1);
  }
  strategy->mutable_max_overlap()->set_percent(time.Chance(500) ? 100 : 30);
  *strategy->mutable_min_ready() =
      ToProto(time.Chance(500) ? absl::Seconds(10) : absl::ZeroDuration());
  *strategy->mutable_host_deadline() = ToProto(absl::Seconds(300));
  *strategy->mutable_progress_deadline() = ToProto(absl::Seconds(600));
  *strategy->mutable_keep_warm() =
      ToProto(time.Chance(500) ? absl::Minutes(10) : absl::Seconds(20));
  strategy->set_auto_rollback(!time.Chance(250));
  count(strategy->mutable_failure_tolerance(), time.Chance(250) ? 1 : 0);
  if (time.Chance(300)) strategy->set_retries(1 + time.Below(2));
  if (time.Chance(300)) strategy->set_spread("zone");
  if (time.Chance(350)) AddSteps(time, strategy);
  return spec;
}

}  // namespace rollout::simulation
