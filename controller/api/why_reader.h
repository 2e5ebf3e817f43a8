// SPDX-License-Identifier: Apache-2.0
//
// Why the hosts of a plan do not get on: the same views and rules that the
// engine decides by, looked at for people.

#ifndef CONTROLLER_API_WHY_READER_H_
#define CONTROLLER_API_WHY_READER_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "controller/decide/why.h"
#include "controller/fleet/fleet.h"
#include "controller/store/catalog.h"
#include "controller/view/live_plan_view.h"

namespace rollout::api {

struct WhyOptions {
  // So many hosts of all plans together may be in change.
  int max_in_change = 0;
  // When this controller began.
  absl::Time started;
};

struct NamedWhy {
  std::string host;
  decide::HostWhy why;
};

// Safe from any thread; reads memory only.
class WhyReader {
 public:
  // Both must outlive this.
  WhyReader(const store::Catalog& catalog, const Clock& clock,
            const WhyOptions& options)
      : catalog_(catalog), clock_(clock), options_(options) {}

  // Those of the hosts that the plan selects, in the order of their turns; of
  // one that is being removed those that have to do with it still. The view is
  // made once for all of them.
  std::vector<NamedWhy> Read(
      const view::PlanRecords& records,
      const std::vector<fleet::HostSnapshot>& hosts) const;

 private:
  int InChangeElsewhere(const std::string& plan) const;

  const store::Catalog& catalog_;
  const Clock& clock_;
  const WhyOptions options_;
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_WHY_READER_H_
