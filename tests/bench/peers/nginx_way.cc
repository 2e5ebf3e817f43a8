// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/nginx_way.h"

#include <utility>

#include "base/clock.h"
#include "base/status_macros.h"

namespace rollout::bench {

absl::StatusOr<std::unique_ptr<Way>> NginxWay::Start(NginxSite site,
                                                     UpgradeWay order) {
  ASSIGN_OR_RETURN(auto nginx, NginxUpgrade::Start(std::move(site)));
  return std::unique_ptr<Way>(new NginxWay(std::move(nginx), order));
}

absl::StatusOr<absl::Time> NginxWay::Change() {
  ASSIGN_OR_RETURN(absl::Duration took, nginx_->Upgrade(order_));
  return SystemClock().Now() - took;
}

}  // namespace rollout::bench
