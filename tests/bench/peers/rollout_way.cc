// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/rollout_way.h"

#include <fstream>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "tests/e2e/service_process.h"

namespace rollout::bench {

absl::StatusOr<std::unique_ptr<Way>> RolloutWay::Start(
    const std::string& program) {
  ASSIGN_OR_RETURN(auto service, SwappedService::Start(program));
  return std::unique_ptr<Way>(new RolloutWay(std::move(service)));
}

absl::StatusOr<pid_t> RolloutWay::MainProcess() const {
  ASSIGN_OR_RETURN(pid_t shim, e2e::FindProcess("rollout-shim"));
  std::ifstream children(
      absl::StrCat("/proc/", shim, "/task/", shim, "/children"));
  pid_t main = 0, other = 0;
  if (children >> main && !(children >> other)) return main;
  return absl::FailedPreconditionError(
      absl::StrCat("the shim has not one child: ", main, ", ", other));
}

absl::StatusOr<absl::Time> RolloutWay::Change() {
  ASSIGN_OR_RETURN(v1::SwapReport report, service_->Swap());
  phases_.Add(report);
  return FromProto(report.began()) + FromProto(report.timings().fetch());
}

std::string RolloutWay::Notes() const {
  return PhasesRow("median", phases_, 0.5);
}

}  // namespace rollout::bench
