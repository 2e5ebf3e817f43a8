// SPDX-License-Identifier: Apache-2.0

#include "controller/store/removal.h"

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"

namespace rollout::store {

absl::Status CheckStays(const PlanRecord& plan) {
  if (!plan.has_removal()) return absl::OkStatus();
  const v1::Removal& removal = plan.removal();
  return absl::FailedPreconditionError(
      absl::StrCat(plan.plan().name(), " is being removed (",
                   Word{removal.cause(), FromProto(removal.since())}.Text(),
                   "): wait until it is gone, 'rolloutctl why ",
                   plan.plan().name(), "' shows for which hosts"));
}

absl::StatusOr<std::string> RemovePlan(PlanChange& change, bool stop,
                                       const Word& word) {
  const PlanRecord& plan = change.plan();
  const bool again = plan.has_removal();
  if (again && plan.removal().stop() == stop) return "";
  if (again && stop) {
    return absl::FailedPreconditionError(absl::StrCat(
        plan.plan().name(),
        " is being removed without --stop, and hosts are let go already: apply "
        "it again once it is gone, then delete it with --stop"));
  }
  change.Remove(stop, word.cause);
  if (stop) return "every host ends its service";
  return again ? "hosts that have not ended its service are not waited for"
               : "its services run on";
}

int64_t RemovalNumber(const PlanRecord& plan) {
  if (!plan.has_removal()) return 0;
  return absl::ToUnixNanos(FromProto(plan.removal().since()));
}

}  // namespace rollout::store
