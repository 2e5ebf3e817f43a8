// SPDX-License-Identifier: Apache-2.0
//
// What `rolloutctl status` shows of a plan: the rollout and why it is where it
// is, the revisions with their share of the clients, and every host with what
// it runs.

#ifndef ROLLOUTCTL_RENDER_STATUS_TREE_H_
#define ROLLOUTCTL_RENDER_STATUS_TREE_H_

#include <string>

#include "absl/time/time.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::render {

struct StatusView {
  // Ages are counted up to here.
  absl::Time now;
  bool color = false;
  // Of the window it is for, which it keeps to as far as that goes; 0: lines
  // are as long as they are.
  int columns = 0;
  // What changes from one second to the next alone, the hosts that want to be
  // looked at first: for a window that has too few rows for all.
  bool brief = false;
};

// Several lines. A pure function, safe from any thread.
//
//   web: rollout 3 is Progressing
//   reason      1 host in change
//   started     2m5s ago by ann: new site
//   progress    ██████▒▒▒▒▒▒▒░░░░░░░  1 of 3 hosts
//   hosts       3 desired, 1 updated, 3 available, 0 unavailable, 1 in change
//   revisions   3f2a91c0de  33.3%  wanted
//               77aa01bb2c  66.7%  stable
//   endpoints   http  ${host.address}:8080
//
//   CONDITION   STATUS   AGE   REASON   MESSAGE
//   HOST        STATE    AGE   REVISION   WEIGHT   PHASE   STARTUP   REASON
//   web-1       Updated  12s
//   ├─ #5                      3f2a91c0de   100%     Serving   0.21s
//   └─ #4                      77aa01bb2c   0%       Warm      0.20s
std::string StatusTree(const v1::PlanStatus& status, const StatusView& view);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_STATUS_TREE_H_
