// SPDX-License-Identifier: Apache-2.0

#include "controller/view/removal_view.h"

#include <utility>

#include "controller/store/removal.h"

namespace rollout::view {

decide::RemovalView MakeRemovalView(
    const store::PlanRecord& plan,
    const std::vector<store::AssignmentRecord>& assignments,
    const std::map<std::string, HostFacts>& hosts) {
  const std::string& name = plan.plan().name();
  std::map<std::string, decide::RemovingHost> concerned;
  for (const auto& [host, facts] : hosts) {
    if (HasService(facts, name)) concerned[host].has_it = true;
  }
  for (const store::AssignmentRecord& record : assignments) {
    concerned[record.host()].assigned = true;
  }
  decide::RemovalView view;
  view.stop = plan.removal().stop();
  for (auto& [host, removing] : concerned) {
    removing.name = host;
    auto facts = hosts.find(host);
    if (facts != hosts.end()) {
      removing.connected = facts->second.connected;
      removing.takes_removals = facts->second.takes_removals;
      removing.ended =
          HasEnded(facts->second, name, store::RemovalNumber(plan));
    }
    view.hosts.push_back(std::move(removing));
  }
  return view;
}

}  // namespace rollout::view
