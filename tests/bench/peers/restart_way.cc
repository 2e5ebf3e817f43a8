// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/restart_way.h"

#include "base/clock.h"
#include "base/status_macros.h"

namespace rollout::bench {

absl::StatusOr<std::unique_ptr<Way>> RestartWay::Start(BareSite site) {
  std::unique_ptr<RestartWay> way(new RestartWay(std::move(site)));
  RETURN_IF_ERROR(way->StartMade());
  return way;
}

// One that still runs is killed by its owner, without its workers' knowledge.
RestartWay::~RestartWay() {
  if (running_ != nullptr) (void)running_->Stop();
}

absl::StatusOr<absl::Time> RestartWay::Change() {
  const absl::Time command = SystemClock().Now();
  RETURN_IF_ERROR(running_->Stop().status());
  RETURN_IF_ERROR(StartMade());
  return command;
}

absl::Status RestartWay::StartMade() {
  running_ =
      std::make_unique<programs::BareProgram>(site_.made(), site_.place());
  RETURN_IF_ERROR(running_->Start().status());
  site_.SetServing();
  return absl::OkStatus();
}

}  // namespace rollout::bench
