// SPDX-License-Identifier: Apache-2.0
//
// The view of one plan, kept up: made once from all there is, then brought up
// to date one host at a time, since a plan may have ten thousand.

#ifndef CONTROLLER_VIEW_LIVE_PLAN_VIEW_H_
#define CONTROLLER_VIEW_LIVE_PLAN_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/decide/view.h"
#include "controller/store/catalog.h"
#include "controller/store/holds.h"
#include "controller/store/record.pb.h"
#include "controller/view/host_facts.h"
#include "controller/view/plan_view.h"

namespace rollout::view {

// What the store has that concerns one plan.
struct PlanRecords {
  store::PlanState state;
  // Sorted by host.
  std::vector<store::AssignmentRecord> assignments;
  store::Holds holds;
};

// Not thread-safe.
class LivePlanView {
 public:
  // Was made from this plan and these holds; else it has to be made anew.
  bool IsOf(const store::PlanState& state, const store::Holds& holds) const;

  // Of the hosts the plan selects, sorted by name or, where the plan spreads
  // its canaries, see decide::SpreadOrder. To be called again when a host has
  // come, or has other labels than before.
  void Make(const PlanRecords& records,
            const std::map<std::string, HostFacts>& hosts);

  // One of these hosts has told something, or was asked for something else.
  // Nothing happens with a host that is not one of them. Returns whether more
  // has changed than how long it has run what it was asked for.
  bool SetFacts(const HostFacts& facts);
  void SetAssignment(const store::AssignmentRecord& record);

  // As of now; no time in it is later. Valid until the next call.
  const decide::PlanView& At(const v1::Rollout& rollout,
                             const decide::FleetView& fleet,
                             const Moment& moment);

 private:
  // As they are stored, or as it was observed.
  struct Times {
    absl::Time began;
    absl::Time changed;
    absl::Duration observed_at;
  };

  std::string plan_;
  int64_t plan_revision_ = 0;
  int64_t holds_revision_ = 0;
  bool overrides_freeze_ = false;
  decide::PlanView view_;
  // Beside view_.hosts.
  std::vector<Times> times_;
  // Where each host stands in them.
  std::map<std::string, size_t> places_;
};

// One made for the moment.
decide::PlanView MakePlanView(const PlanRecords& records,
                              const std::map<std::string, HostFacts>& hosts,
                              const Moment& moment);

}  // namespace rollout::view

#endif  // CONTROLLER_VIEW_LIVE_PLAN_VIEW_H_
