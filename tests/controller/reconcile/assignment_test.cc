// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/assignment.h"

#include <functional>
#include <string>

#include "gtest/gtest.h"

namespace rollout::reconcile {
namespace {

// Of what no rollout brings to the hosts, and of what one does.
TEST(TellsOther, AdoptionAndOutputAndRemovalAndNothingElse) {
  struct Case {
    const char* name;
    std::function<void(v1::PlanSpec*)> change;
    bool tells;
  };
  const Case kCases[] = {
      {"nothing", [](v1::PlanSpec*) {}, false},
      {"adopts no more",
       [](v1::PlanSpec* spec) { spec->mutable_strategy()->clear_adopt(); },
       true},
      {"adopts on any host",
       [](v1::PlanSpec* spec) {
         spec->mutable_strategy()->mutable_adopt()->clear_hosts();
       },
       true},
      {"adopts another process",
       [](v1::PlanSpec* spec) {
         spec->mutable_strategy()->mutable_adopt()->mutable_hosts(0)->set_pid(
             7);
       },
       true},
      {"keeps more output",
       [](v1::PlanSpec* spec) { spec->mutable_output()->set_keep(9); }, true},
      {"another program",
       [](v1::PlanSpec* spec) { spec->mutable_service()->add_command("x"); },
       false},
      {"another limit",
       [](v1::PlanSpec* spec) {
         spec->mutable_strategy()->mutable_max_surge()->set_count(2);
       },
       false},
  };
  v1::PlanSpec before;
  before.mutable_output()->set_keep(3);
  v1::AdoptingHost* host =
      before.mutable_strategy()->mutable_adopt()->add_hosts();
  host->set_name("h1");
  host->set_pid(42);
  for (const Case& c : kCases) {
    v1::PlanSpec now = before;
    c.change(&now);
    EXPECT_EQ(TellsOther({before}, {now}), c.tells) << c.name;
    EXPECT_EQ(TellsOther({now}, {before}), c.tells) << c.name << ", and back";
  }
  v1::PlanSpec bare;
  v1::PlanSpec adopts;
  adopts.mutable_strategy()->mutable_adopt();
  EXPECT_TRUE(TellsOther({bare}, {adopts})) << "on whatever host";
  EXPECT_TRUE(TellsOther({bare}, {bare, 7})) << "the service shall end";
}

}  // namespace
}  // namespace rollout::reconcile
