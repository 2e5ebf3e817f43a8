// SPDX-License-Identifier: Apache-2.0

#include "controller/api/why.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/decide/decision.h"
#include "controller/decide/why.h"
#include "controller/view/host_facts.h"
#include "controller/view/live_plan_view.h"
#include "controller/view/plan_view.h"

namespace rollout::api {
namespace {

using Facts = std::map<std::string, view::HostFacts>;

view::Moment MomentOf(const WhySources& sources) {
  return {sources.clock.Now(), sources.clock.Uptime(), sources.started};
}

decide::PlanView ViewOf(const store::PlanState& state, const Facts& facts,
                        const WhySources& sources) {
  const std::string& plan = state.plan.record.plan().name();
  return view::MakePlanView(
      {state, sources.catalog.Assignments(plan), sources.catalog.Holds()},
      facts, MomentOf(sources));
}

// Of all plans but this one.
int InChangeElsewhere(const std::string& plan, const Facts& facts,
                      const WhySources& sources) {
  int in_change = 0;
  for (const std::string& other : sources.catalog.PlanNames()) {
    auto state = sources.catalog.FindPlan(other);
    if (other == plan || !state) continue;
    in_change +=
        decide::Decide(ViewOf(*state, facts, sources)).counts.in_change;
  }
  return in_change;
}

}  // namespace

absl::StatusOr<v1::WhyResponse> Why(const v1::WhyRequest& request,
                                    const WhySources& sources) {
  RETURN_IF_ERROR(sources.reader.CheckPlan(request.plan()));
  auto state = sources.catalog.FindPlan(request.plan());
  if (!state) return absl::AbortedError("the plan was deleted meanwhile");
  Facts facts;
  for (const fleet::HostSnapshot& host : sources.fleet.Hosts()) {
    facts[host.info.name()] = view::ToFacts(host, sources.clock.Uptime());
  }
  decide::PlanView view = ViewOf(*state, facts, sources);
  view.fleet.limit = sources.max_in_change;
  view.fleet.in_change_elsewhere =
      InChangeElsewhere(request.plan(), facts, sources);
  v1::WhyResponse response;
  *response.mutable_rollout() = std::move(state->rollout.record);
  const std::vector<decide::HostWhy> whys = decide::Why(view);
  for (size_t i = 0; i < whys.size(); ++i) {
    const std::string& name = view.hosts[i].name;
    const bool is_asked_about = request.host() == name;
    if (!is_asked_about && (!request.host().empty() || whys[i].rule.empty())) {
      continue;
    }
    v1::HostWhy* host = response.add_hosts();
    host->set_host(name);
    host->set_rule(whys[i].rule);
    host->set_message(whys[i].message);
  }
  if (request.host().empty() || !response.hosts().empty()) return response;
  return absl::NotFoundError(absl::StrCat(
      "host ", request.host(), " is none of the hosts of plan ", request.plan(),
      ": 'rolloutctl status ", request.plan(), "' shows those it selects"));
}

}  // namespace rollout::api
