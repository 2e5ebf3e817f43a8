// SPDX-License-Identifier: Apache-2.0
//
// An agent whose shims, probes and artifacts the test plays, and a controller
// that says what the test says: what the tests of this directory stand on.

#ifndef TESTS_AGENT_RECONCILE_AGENT_FIXTURE_H_
#define TESTS_AGENT_RECONCILE_AGENT_FIXTURE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/output/rotations.h"
#include "agent/reconcile/agent.h"
#include "base/file_system.h"
#include "base/proto_time.h"
#include "gtest/gtest.h"
#include "tests/fakes/adjusted_clock.h"
#include "tests/fakes/fake_artifact_store.h"
#include "tests/fakes/fake_controller.h"
#include "tests/fakes/fake_probe_runner.h"
#include "tests/fakes/fake_shim_host.h"

namespace rollout::agent {

inline v1::Revision MakeRevision(const std::string& id) {
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

inline v1::Assignment MakeAssignment(uint64_t serial,
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
inline std::string InWords(const v1::Observation& observation) {
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

}  // namespace rollout::agent

#endif  // TESTS_AGENT_RECONCILE_AGENT_FIXTURE_H_
