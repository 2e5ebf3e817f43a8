// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/agent.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/output/rotations.h"
#include "base/file_system.h"
#include "base/proto_time.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/fakes/adjusted_clock.h"
#include "tests/fakes/fake_artifact_store.h"
#include "tests/fakes/fake_controller.h"
#include "tests/fakes/fake_probe_runner.h"
#include "tests/fakes/fake_shim_host.h"

namespace rollout::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

v1::Revision MakeRevision(const std::string& id) {
  v1::Revision revision;
  revision.set_plan("web");
  revision.set_id(id);
  v1::ServiceTemplate* service = revision.mutable_service();
  service->mutable_artifact()->set_sha256(absl::StrCat("digest of ", id));
  service->add_command("${artifact}");
  v1::Endpoint* endpoint = service->add_endpoints();
  endpoint->set_name("http");
  endpoint->set_address("${host.address}:8080");
  service->set_handover(v1::INTERCEPT);
  service->mutable_readiness()->mutable_tcp();
  service->mutable_liveness()->mutable_http()->set_path("/alive");
  service->mutable_drain()->set_signal("TERM");
  *service->mutable_drain()->mutable_timeout() = ToProto(absl::Seconds(30));
  *service->mutable_startup_timeout() = ToProto(absl::Seconds(15));
  return revision;
}

struct Weighted {
  std::string revision;
  int weight;
  int64_t attempt = 1;
};

v1::Assignment MakeAssignment(uint64_t serial,
                              const std::vector<Weighted>& revisions) {
  v1::Assignment assignment;
  assignment.set_host("h1");
  assignment.set_epoch(1);
  assignment.set_serial(serial);
  v1::ServiceAssignment* service = assignment.add_services();
  service->set_plan("web");
  for (const Weighted& weighted : revisions) {
    v1::WeightedRevision* made = service->add_revisions();
    made->set_revision(weighted.revision);
    made->set_weight(weighted.weight);
    made->set_attempt(weighted.attempt);
    *service->add_templates() = MakeRevision(weighted.revision);
  }
  return assignment;
}

// "1 R0 SERVING 1000, 2 R1 READY 0".
std::string InWords(const v1::Observation& observation) {
  std::vector<std::string> words;
  for (const v1::ServiceObservation& service : observation.services()) {
    for (const v1::GenerationObservation& generation : service.generations()) {
      words.push_back(absl::StrCat(generation.number(), " ",
                                   generation.revision(), " ",
                                   v1::GenerationPhase_Name(generation.phase()),
                                   " ", generation.weight()));
    }
  }
  return absl::StrJoin(words, ", ");
}

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() {
    // Named for the test, so that tests that run at once do not meet.
    directory_ = absl::StrCat(
        ::testing::TempDir(), "/",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    v1::HostInfo host;
    host.set_name("h1");
    host.set_address("127.0.0.1");
    around_ = std::make_unique<Surroundings>(
        Surroundings{shims_, artifacts_, probes_, files_, clock_, rotations_,
                     directory_, "", host});
    StartAgent();
  }

  void StartAgent() {
    agent_ = std::make_unique<Agent>(
        around_.get(),
        [this](const v1::HostInfo& host, link::LinkEvents events) {
          return controller_.MakeLink(host, std::move(events));
        });
    absl::Status started = agent_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  void RestartAgent() {
    agent_.reset();
    StartAgent();
  }

  // Waits until the host looks like that.
  void ExpectHost(const std::string& words) {
    EXPECT_TRUE(controller_.WaitFor([&](const v1::Observation& observation) {
      return InWords(observation) == words;
    })) << "want "
        << words << "\n got " << InWords(controller_.observation());
  }

  void ServeR0() {
    controller_.Send(MakeAssignment(1, {{"R0", 1000}}));
    ExpectHost("1 R0 SERVING 1000");
  }

  std::string directory_;
  FakeShimHost shims_;
  FakeArtifactStore artifacts_;
  FakeProbeRunner probes_;
  PosixFileSystem files_;
  AdjustedClock clock_;
  output::Rotations rotations_{&files_, &clock_};
  std::unique_ptr<Surroundings> around_;
  FakeController controller_;
  std::unique_ptr<Agent> agent_;
};

TEST_F(AgentTest, SwapsStepByStep) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  controller_.Send(MakeAssignment(3, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  controller_.Send(MakeAssignment(4, {{"R1", 1000}}));
  ExpectHost("2 R1 SERVING 1000");
  ASSERT_TRUE(controller_.WaitForReport("web/2"));
  v1::SwapReport report = controller_.reports()["web/2"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWAPPED);
  EXPECT_EQ(report.old_revision(), "R0");
  EXPECT_EQ(report.new_revision(), "R1");
  EXPECT_TRUE(report.timings().has_startup());
  EXPECT_TRUE(report.timings().has_switchover());
  EXPECT_TRUE(report.timings().has_total());
  EXPECT_TRUE(report.final());
}

TEST_F(AgentTest, SwapsWhileTheWallClockIsSetBack) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  clock_.SetAhead(-3600);
  controller_.Send(MakeAssignment(3, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  clock_.SetAhead(-7200);
  controller_.Send(MakeAssignment(4, {{"R1", 1000}}));
  ExpectHost("2 R1 SERVING 1000");
  ASSERT_TRUE(controller_.WaitForReport("web/2"));
  const v1::SwapTimings timings = controller_.reports()["web/2"].timings();
  for (const auto& timing : {timings.startup(), timings.total()}) {
    EXPECT_GE(FromProto(timing), absl::ZeroDuration());
    EXPECT_LE(FromProto(timing), absl::Minutes(1));
  }
}

TEST_F(AgentTest, StartupLastsUntilTheProbeThePlanNames) {
  // It says READY=1 early, but the plan asks it by tcp.
  FakeBehaviour early;
  early.notifies_after = absl::ZeroDuration();
  early.listens_after = absl::Milliseconds(50);
  shims_.SetBehaviour("R0", early);
  ServeR0();
  ASSERT_TRUE(controller_.WaitForReport("web/1"));
  EXPECT_GE(FromProto(controller_.reports()["web/1"].timings().startup()),
            early.listens_after);
}

TEST_F(AgentTest, ReportsASwapThatIsTakenBack) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  controller_.Send(MakeAssignment(3, {{"R0", 1000}}));
  ExpectHost("1 R0 SERVING 1000");
  EXPECT_EQ(controller_.reports()["web/2"].outcome(), v1::SwapReport::REFUSED);
  controller_.Send(MakeAssignment(4, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 WARM 0, 3 R1 SERVING 1000");
  controller_.Send(MakeAssignment(5, {{"R0", 1000}}));
  ExpectHost("1 R0 SERVING 1000");
  v1::SwapReport report = controller_.reports()["web/3"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWITCHED_BACK);
  EXPECT_TRUE(report.final());
}

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
    v1::Assignment assignment =
        MakeAssignment(++attempt, {{"R0", 1000}, {"R1", 0, attempt}});
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

TEST_F(AgentTest, FindsItsServicesAgain) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  RestartAgent();
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  EXPECT_EQ(controller_.highest_epoch(), 1u);
  controller_.Send(MakeAssignment(3, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
}

TEST_F(AgentTest, FinishesASwapWithoutAController) {
  ServeR0();
  FakeBehaviour slow;
  slow.listens_after = absl::InfiniteDuration();
  shims_.SetBehaviour("R1", slow);
  controller_.Send(MakeAssignment(2, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 STARTING 0");
  shims_.SetBehaviour("R1", {});
  shims_.Crash("web", 2);
  // Rejected: R0 has the clients. Only a new attempt would be another try.
  ExpectHost("1 R0 SERVING 1000, 2 R1 FAILED_GENERATION 0");
}

TEST_F(AgentTest, AbsenceStopsNothing) {
  ServeR0();
  v1::Assignment empty;
  empty.set_host("h1");
  empty.set_epoch(1);
  empty.set_serial(2);
  controller_.Send(empty);
  EXPECT_TRUE(controller_.WaitFor([](const v1::Observation& observation) {
    return observation.serial() == 2;
  }));
  EXPECT_TRUE(controller_.observation().services(0).orphaned());
  EXPECT_EQ(InWords(controller_.observation()), "1 R0 SERVING 1000");
  // It is still looked after.
  shims_.Crash("web", 1);
  ExpectHost("2 R0 SERVING 1000");
}

TEST_F(AgentTest, IgnoresWhatIsOlderOrNotForIt) {
  ServeR0();
  v1::Assignment newer = MakeAssignment(1, {{"R0", 1000}});
  newer.set_epoch(2);
  controller_.Send(newer);
  controller_.Send(MakeAssignment(9, {{"R1", 1000}}));
  v1::Assignment foreign = MakeAssignment(10, {{"R1", 1000}});
  foreign.set_epoch(3);
  foreign.set_host("h2");
  controller_.Send(foreign);
  v1::Assignment none = MakeAssignment(3, {});
  none.set_epoch(2);
  controller_.Send(none);
  EXPECT_TRUE(controller_.WaitFor([](const v1::Observation& observation) {
    return observation.epoch() == 2 && observation.serial() == 3;
  }));
  EXPECT_EQ(InWords(controller_.observation()), "1 R0 SERVING 1000");
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

TEST_F(AgentTest, KeepsReportsUntilTheyAreStored) {
  ServeR0();
  ASSERT_TRUE(controller_.WaitForReport("web/1"));
  RestartAgent();
  EXPECT_EQ(controller_.reports()["web/1"].outcome(), v1::SwapReport::STARTED);
}

}  // namespace
}  // namespace rollout::agent
