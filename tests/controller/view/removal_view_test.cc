// SPDX-License-Identifier: Apache-2.0

#include "controller/view/removal_view.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "controller/fleet/fleet.h"
#include "controller/store/removal.h"
#include "controller/view/host_facts.h"
#include "gtest/gtest.h"

namespace rollout::view {
namespace {

v1::ServiceObservation Service(int64_t removal, bool removed) {
  v1::ServiceObservation service;
  service.set_plan("web");
  service.set_removal(removal);
  service.set_removed(removed);
  return service;
}

HostFacts Host(const std::string& name,
               const std::vector<v1::ServiceObservation>& services) {
  fleet::HostSnapshot snapshot;
  snapshot.info.set_name(name);
  snapshot.connected = snapshot.reported = snapshot.takes_removals = true;
  auto observation = std::make_shared<v1::Observation>();
  for (const v1::ServiceObservation& service : services) {
    *observation->add_services() = service;
  }
  snapshot.observation = observation;
  return ToFacts(snapshot, absl::Seconds(100));
}

std::string InWords(const decide::RemovingHost& host) {
  return absl::StrCat(host.name, host.assigned ? " assigned" : "",
                      host.has_it ? " has it" : "", host.ended ? " ended" : "",
                      host.connected ? "" : " away",
                      host.takes_removals ? "" : " old");
}

TEST(MakeRemovalView, PutsWhatIsStoredAndWhatIsSaidTogether) {
  store::PlanRecord plan;
  plan.mutable_plan()->set_name("web");
  plan.mutable_removal()->set_stop(true);
  plan.mutable_removal()->mutable_since()->set_seconds(7);
  const int64_t ours = store::RemovalNumber(plan);
  std::vector<store::AssignmentRecord> assignments;
  for (const char* host : {"assigned", "ended", "ended before", "unheard of"}) {
    assignments.emplace_back().set_host(host);
  }
  std::map<std::string, HostFacts> hosts;
  auto add = [&](const std::string& name,
                 const std::vector<v1::ServiceObservation>& services) {
    hosts[name] = Host(name, services);
  };
  add("assigned", {});
  add("ended", {Service(ours, true)});
  // By the word of a removal that is not this one.
  add("ended before", {Service(ours - 1, true)});
  add("ends", {Service(ours, false)});
  add("from before", {Service(0, false)});
  add("released", {Service(ours, true)});
  add("another's", {});
  const decide::RemovalView view = MakeRemovalView(plan, assignments, hosts);
  EXPECT_TRUE(view.stop);
  std::vector<std::string> words;
  for (const decide::RemovingHost& host : view.hosts) {
    words.push_back(InWords(host));
  }
  EXPECT_EQ(absl::StrJoin(words, ", "),
            "assigned assigned, ended assigned ended, ended before assigned, "
            "ends has it, from before has it, unheard of assigned away old");
}

}  // namespace
}  // namespace rollout::view
