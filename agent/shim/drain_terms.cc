// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/drain_terms.h"

#include <signal.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/shim/epoll_loop.h"

namespace rollout::shim {
namespace {

constexpr uint64_t kMostSignalTimeNs = 5000000000;

}  // namespace

absl::StatusOr<DrainTerms> MakeDrainTerms(const v1::DrainRequest& request,
                                          uint64_t now_ns) {
  for (uint32_t signal : {request.signal(), request.second_signal()}) {
    if (signal < NSIG) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("signal: there is no signal ", signal));
  }
  if (request.signal() == 0) {
    return absl::InvalidArgumentError("signal: there is no signal 0");
  }
  uint64_t for_signal = std::min(request.timeout_ns() / 4, kMostSignalTimeNs);
  uint64_t wait =
      std::min(request.wait_ns(), request.timeout_ns() - for_signal);
  return DrainTerms{request.wait(),
                    static_cast<int>(request.signal()),
                    LaterNs(now_ns, wait),
                    LaterNs(now_ns, request.timeout_ns()),
                    static_cast<int>(request.second_signal()),
                    request.second_after_ns()};
}

}  // namespace rollout::shim
