// SPDX-License-Identifier: Apache-2.0
//
// How an agent ends a service for good, and what it does when anything comes in
// between.

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/reconcile/agent_fixture.h"

namespace rollout::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

v1::Assignment MakeRemoval(uint64_t serial, int64_t number) {
  v1::Assignment assignment = MakeAssignment(serial, {});
  assignment.clear_services();
  v1::ServiceRemoval* removal = assignment.add_removals();
  removal->set_plan("web");
  removal->set_number(number);
  return assignment;
}

v1::Assignment MakeEmpty(uint64_t serial) {
  v1::Assignment assignment = MakeRemoval(serial, 1);
  assignment.clear_removals();
  return assignment;
}

// "web" for one that is there, "web ends by 3", "web ended by 3".
std::string Services(const v1::Observation& observation) {
  std::vector<std::string> words;
  for (const v1::ServiceObservation& service : observation.services()) {
    words.push_back(absl::StrCat(
        service.plan(), service.orphaned() ? " orphaned" : "",
        service.removal() == 0 ? ""
        : service.removed()    ? " ended by "
                               : " ends by ",
        service.removal() == 0 ? "" : absl::StrCat(service.removal())));
  }
  return absl::StrJoin(words, ", ");
}

class AgentRemovalTest : public AgentTest {
 protected:
  void ExpectServices(const std::string& words) {
    EXPECT_TRUE(controller_.WaitFor([&](const v1::Observation& observation) {
      return Services(observation) == words;
    })) << "want "
        << words << ", got " << Services(controller_.observation());
  }
  std::string ServiceFile(const std::string& name) {
    return absl::StrCat(directory_, "/services/web/", name);
  }
  std::vector<std::string> FilesLeft() {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(ServiceFile(""))) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  // R0 takes its time to end.
  void DrainsSlowly() {
    FakeBehaviour slow;
    slow.drains_for = absl::InfiniteDuration();
    shims_.SetBehaviour("R0", slow);
  }
};

TEST_F(AgentRemovalTest, DrainsEndsTheShimAndClearsUp) {
  ServeR0();
  std::ofstream(ServiceFile("output.log")) << "1 1 hello\n";
  std::ofstream(ServiceFile("shim.log")) << "started\n";
  controller_.Send(MakeRemoval(2, 7));
  ExpectServices("web ended by 7");
  EXPECT_THAT(*shims_.FindServices(), IsEmpty());
  EXPECT_THAT(FilesLeft(),
              UnorderedElementsAre("output.log", "last_generation"));
  // The controller has heard it.
  controller_.Send(MakeEmpty(3));
  ExpectServices("");
}

TEST_F(AgentRemovalTest, IsDoneByOneThatNeverHadIt) {
  controller_.Send(MakeRemoval(1, 7));
  ExpectServices("web ended by 7");
  EXPECT_THAT(*shims_.FindServices(), IsEmpty());
}

TEST_F(AgentRemovalTest, AnOldWordEndsNothing) {
  controller_.Send(MakeAssignment(5, {{"R0", 1000}}));
  ExpectHost("1 R0 SERVING 1000");
  controller_.Send(MakeRemoval(4, 7));
  controller_.Send(MakeAssignment(6, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  EXPECT_EQ(Services(controller_.observation()), "web");
}

TEST_F(AgentRemovalTest, WhatIsNotMentionedRunsOn) {
  ServeR0();
  controller_.Send(MakeEmpty(2));
  ExpectServices("web orphaned");
  ExpectHost("1 R0 SERVING 1000");
  // Taken over again as it is.
  controller_.Send(MakeAssignment(3, {{"R0", 1000, 2}}));
  ExpectServices("web");
  ExpectHost("1 R0 SERVING 1000");
}

TEST_F(AgentRemovalTest, AnAgentThatRestartsGoesOnWithIt) {
  DrainsSlowly();
  ServeR0();
  controller_.Send(MakeRemoval(2, 7));
  ExpectHost("1 R0 DRAINING 0");
  RestartAgent();
  ExpectHost("1 R0 DRAINING 0");
  ExpectServices("web ends by 7");
  shims_.Crash("web", 1);
  ExpectServices("web ended by 7");
  RestartAgent();
  ExpectServices("web ended by 7");
  EXPECT_THAT(*shims_.FindServices(), IsEmpty());
}

TEST_F(AgentRemovalTest, GoesOnWhenNobodyAsksForItAnyMore) {
  DrainsSlowly();
  ServeR0();
  controller_.Send(MakeRemoval(2, 7));
  ExpectHost("1 R0 DRAINING 0");
  controller_.Send(MakeEmpty(3));
  shims_.Crash("web", 1);
  ExpectServices("");
  EXPECT_THAT(*shims_.FindServices(), IsEmpty());
}

TEST_F(AgentRemovalTest, OneThatIsWantedAgainIsStartedAnew) {
  DrainsSlowly();
  ServeR0();
  controller_.Send(MakeRemoval(2, 7));
  ExpectHost("1 R0 DRAINING 0");
  controller_.Send(MakeAssignment(3, {{"R1", 1000, 2}}));
  ExpectHost("1 R0 DRAINING 0, 2 R1 SERVING 1000");
  EXPECT_EQ(Services(controller_.observation()), "web");
}

TEST_F(AgentRemovalTest, ANewServiceOfThatNameCountsOn) {
  ServeR0();
  controller_.Send(MakeRemoval(2, 7));
  ExpectServices("web ended by 7");
  controller_.Send(MakeAssignment(3, {{"R0", 1000, 2}}));
  ExpectHost("2 R0 SERVING 1000");
  controller_.Send(MakeRemoval(4, 8));
  ExpectServices("web ended by 8");
  // Gone, and another agent knows of it no more.
  controller_.Send(MakeEmpty(5));
  ExpectServices("");
  RestartAgent();
  controller_.Send(MakeAssignment(6, {{"R1", 1000, 3}}));
  ExpectHost("3 R1 SERVING 1000");
}

}  // namespace
}  // namespace rollout::agent
