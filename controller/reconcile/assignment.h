// SPDX-License-Identifier: Apache-2.0
//
// What a host is told: of one plan, and of all.

#ifndef CONTROLLER_RECONCILE_ASSIGNMENT_H_
#define CONTROLLER_RECONCILE_ASSIGNMENT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "controller/store/catalog.h"
#include "controller/view/host_facts.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::reconcile {

// Of a plan, what no assignment holds and hosts are told all the same.
struct ToldPlan {
  v1::PlanSpec spec;
  // Its hosts shall end the service, by the removal of this number; 0: they
  // shall not.
  int64_t removal = 0;
};

ToldPlan ToTold(const store::PlanRecord& plan);

// Whether hosts are told something new, between the two, that no rollout brings
// them.
bool TellsOther(const ToldPlan& before, const ToldPlan& now);

// The host was given the plan's service, or says that it has it.
bool IsConcerned(const store::Catalog& catalog, const std::string& plan,
                 const view::HostFacts& host);

// As stored: the host's assignment with the templates it names; and of the
// plan, whether to adopt, and how output is kept. None: the host has none of
// the plan's.
std::optional<v1::ServiceAssignment> MakeServiceAssignment(
    const store::Catalog& catalog, const std::string& plan,
    const v1::PlanSpec& spec, const std::string& host);

// All that the host shall run, and what it shall end. Without epoch and serial.
v1::Assignment MakeAssignment(const store::Catalog& catalog,
                              const std::map<std::string, ToldPlan>& plans,
                              const view::HostFacts& host);

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_ASSIGNMENT_H_
