// SPDX-License-Identifier: Apache-2.0
//
// What an agent does when something fails.

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/agent/reconcile/agent_fixture.h"

namespace rollout::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(AgentTest, KeepsTheOldOneWhenTheNewOneFails) {
  ServeR0();
  FakeBehaviour exits;
  exits.listens_after = absl::InfiniteDuration();
  exits.exits_after = absl::ZeroDuration();
  shims_.SetBehaviour("R1", exits);
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0, 2}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 FAILED_GENERATION 0");
  v1::GenerationObservation failed =
      controller_.observation().services(0).generations(1);
  EXPECT_EQ(failed.attempt(), 2);
  EXPECT_THAT(failed.message(), HasSubstr("exited with status 1"));
  EXPECT_EQ(controller_.reports()["web/2"].outcome(), v1::SwapReport::REFUSED);

  // The same attempt is over, a new one is not.
  shims_.SetBehaviour("R1", {});
  controller_.Send(MakeAssignment(3, {{"R0", 1000}, {"R1", 0, 3}}));
  ExpectHost("1 R0 SERVING 1000, 3 R1 READY 0");
}

TEST_F(AgentTest, RefusesWhatTheHostCannotGive) {
  around_->controllers.memory.unified = true;
  around_->controllers.cpu.problem = "this kernel has none";
  ServeR0();
  struct Case {
    const char* limits;
    const char* message;
  };
  const Case kCases[] = {
      {"memory_bytes: 1125899906842624",
       "it does not fit into memory beside the generation that lives: it may "
       "need 1073741824.0 MiB (its limits.memory)"},
      {"cpu_millicores: 500",
       "spec.service.limits.cpu can't be set on this host: this kernel has "
       "none"},
  };
  int64_t attempt = 1;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.limits);
    ++attempt;
    v1::Assignment assignment =
        MakeAssignment(attempt, {{"R0", 1000}, {"R1", 0, attempt}});
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        c.limits, assignment.mutable_services(0)
                      ->mutable_templates(1)
                      ->mutable_service()
                      ->mutable_limits()));
    controller_.Send(assignment);
    EXPECT_TRUE(controller_.WaitFor([&](const v1::Observation& observation) {
      const v1::ServiceObservation& web = observation.services(0);
      return web.generations_size() == 2 &&
             web.generations(0).phase() == v1::SERVING &&
             web.generations(1).phase() == v1::FAILED_GENERATION &&
             absl::StrContains(web.generations(1).message(), c.message);
    })) << controller_.observation().DebugString();
  }
}

TEST_F(AgentTest, SwitchesBackByItself) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 0}, {"R1", 1000, 2}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  probes_.Set(2, false);
  ExpectHost("1 R0 SERVING 1000, 2 R1 FAILED_GENERATION 0");
  EXPECT_EQ(controller_.reports()["web/2"].outcome(),
            v1::SwapReport::SWITCHED_BACK);
  EXPECT_THAT(controller_.reports()["web/2"].reason(), HasSubstr("503"));
  EXPECT_TRUE(controller_.reports()["web/2"].has_counters_before());
  EXPECT_TRUE(controller_.reports()["web/2"].has_counters_after());
}

TEST_F(AgentTest, SwitchesBackFromOneThatIsNotWellAnyMore) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 0}, {"R1", 1000, 2}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  probes_.SetWell(2, false);
  ExpectHost("1 R0 SERVING 1000, 2 R1 FAILED_GENERATION 0");
  EXPECT_THAT(controller_.reports()["web/2"].reason(), HasSubstr("liveness"));
}

// R0 serves, R1 with such a budget of its liveness or readiness took over.
v1::Assignment WithBudget(v1::Assignment assignment, bool liveness) {
  for (v1::Revision& revision :
       *assignment.mutable_services(0)->mutable_templates()) {
    v1::ServiceTemplate& service = *revision.mutable_service();
    v1::ErrorBudget& budget =
        *(liveness ? service.mutable_liveness() : service.mutable_readiness())
             ->mutable_error_budget();
    budget.set_failures(2);
    *budget.mutable_window() = ToProto(absl::Hours(1));
  }
  return assignment;
}

// Of its liveness probe, else of its readiness probe.
class AgentBudgetTest : public AgentTest,
                        public ::testing::WithParamInterface<bool> {};

TEST_P(AgentBudgetTest, SwitchesBackFromOneThatFlaps) {
  const bool liveness = GetParam();
  controller_.Send(WithBudget(MakeAssignment(1, {{"R0", 1000}}), liveness));
  ExpectHost("1 R0 SERVING 1000");
  controller_.Send(
      WithBudget(MakeAssignment(2, {{"R0", 1000}, {"R1", 0, 2}}), liveness));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  // What failed before it had clients does not count.
  for (int i = 0; i < 3; ++i) probes_.FailOnce(2, liveness);
  controller_.Send(
      WithBudget(MakeAssignment(3, {{"R0", 0}, {"R1", 1000, 2}}), liveness));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  for (int i = 0; i < 2; ++i) probes_.FailOnce(2, liveness);
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  probes_.FailOnce(2, liveness);
  ExpectHost("1 R0 SERVING 1000, 2 R1 FAILED_GENERATION 0");
  const v1::SwapReport report = controller_.reports()["web/2"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWITCHED_BACK);
  EXPECT_THAT(report.reason(), HasSubstr("more than 2 answers in 1h failed"));
  EXPECT_THAT(report.reason(), HasSubstr(liveness ? "liveness: GET" : ": GET"));
}

INSTANTIATE_TEST_SUITE_P(, AgentBudgetTest, ::testing::Bool());

TEST_F(AgentTest, SaysThatTheOnlyOneFlaps) {
  controller_.Send(WithBudget(MakeAssignment(1, {{"R0", 1000}}), true));
  ExpectHost("1 R0 SERVING 1000");
  for (int i = 0; i < 3; ++i) probes_.FailOnce(1, true);
  EXPECT_TRUE(controller_.WaitFor([](const v1::Observation& observation) {
    return InWords(observation) == "1 R0 SERVING 1000" &&
           absl::StrContains(observation.services(0).generations(0).message(),
                             "more than 2 answers in 1h failed");
  })) << controller_.observation().DebugString();
}

TEST_F(AgentTest, ReplacesTheOnlyOneWhenItIsNotWellAnyMore) {
  ServeR0();
  probes_.SetWell(1, false);
  ExpectHost("2 R0 SERVING 1000");
}

TEST_F(AgentTest, RemembersAFailureOverARestart) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 0}, {"R1", 1000, 2}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  shims_.Crash("web", 2);
  ExpectHost("1 R0 SERVING 1000, 2 R1 FAILED_GENERATION 0");
  RestartAgent();
  ExpectHost("1 R0 SERVING 1000, 2 R1 FAILED_GENERATION 0");
  EXPECT_EQ(shims_.StatusOf("web").last_generation(), 2u);
}

TEST_F(AgentTest, RestartsACrashedService) {
  ServeR0();
  shims_.Crash("web", 1);
  ExpectHost("2 R0 SERVING 1000");
}

TEST_F(AgentTest, TellsWhyAnArtifactIsMissing) {
  ServeR0();
  artifacts_.SetError("digest of R1",
                      absl::DataLossError("sha256 is a, not b"));
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0, 2}}));
  ExpectHost("1 R0 SERVING 1000, 0 R1 FAILED_GENERATION 0");
  EXPECT_THAT(controller_.observation().services(0).generations(1).message(),
              HasSubstr("sha256 is a, not b"));
}

TEST_F(AgentTest, WaitsForASourceThatIsAway) {
  ServeR0();
  artifacts_.SetError("digest of R1",
                      absl::UnavailableError("connection refused"));
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0, 2}}));
  EXPECT_TRUE(controller_.WaitFor([](const v1::Observation& observation) {
    return InWords(observation) == "1 R0 SERVING 1000, 0 R1 FETCHING 0" &&
           observation.services(0).generations(1).message() ==
               "artifact: connection refused";
  })) << controller_.observation().DebugString();
  artifacts_.SetError("digest of R1", absl::OkStatus());
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
}

TEST_F(AgentTest, KeepsADamagedStateFileAside) {
  ServeR0();
  agent_.reset();
  ASSERT_TRUE(
      files_.WriteAtomically(directory_ + "/assignment.pb", "nonsense").ok());
  StartAgent();
  ASSERT_THAT(controller_.host().limitations(), SizeIs(1));
  EXPECT_THAT(controller_.host().limitations(0), HasSubstr(".corrupt-"));
  // The service was found by its shim, and nothing is done to it.
  ExpectHost("1 R0 SERVING 1000");
  EXPECT_TRUE(controller_.observation().services(0).orphaned());
}

}  // namespace
}  // namespace rollout::agent
