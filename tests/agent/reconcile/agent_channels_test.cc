// SPDX-License-Identifier: Apache-2.0
//
// What an agent does with the channels that operators ask for.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/output/rotations.h"
#include "agent/reconcile/agent.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/proto_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/channel/fake_channel.h"
#include "tests/fakes/fake_artifact_store.h"
#include "tests/fakes/fake_controller.h"
#include "tests/fakes/fake_probe_runner.h"
#include "tests/fakes/fake_shim_host.h"

namespace rollout::agent {
namespace {

using ::testing::HasSubstr;

// A host that shall run revision R0 of service "web".
class AgentChannelsTest : public ::testing::Test {
 protected:
  AgentChannelsTest() {
    directory_ = absl::StrCat(
        ::testing::TempDir(), "/channels-",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    v1::HostInfo host;
    host.set_name("h1");
    host.set_address("127.0.0.1");
    around_ = std::make_unique<Surroundings>(
        Surroundings{shims_, artifacts_, probes_, files_, clock_, rotations_,
                     directory_, "", host});
    agent_ = std::make_unique<Agent>(
        around_.get(),
        [this](const v1::HostInfo& told, link::LinkEvents events) {
          return controller_.MakeLink(told, std::move(events));
        });
    EXPECT_TRUE(agent_->Start().ok());
  }

  void Assign() {
    v1::Assignment assignment;
    assignment.set_host("h1");
    assignment.set_epoch(1);
    assignment.set_serial(1);
    v1::ServiceAssignment* service = assignment.add_services();
    service->set_plan("web");
    service->add_revisions()->set_revision("R0");
    service->mutable_revisions(0)->set_weight(1000);
    service->mutable_revisions(0)->set_attempt(1);
    v1::Revision* revision = service->add_templates();
    revision->set_plan("web");
    revision->set_id("R0");
    v1::ServiceTemplate* what = revision->mutable_service();
    what->mutable_artifact()->set_sha256("digest of R0");
    what->add_command("${artifact}");
    what->add_endpoints()->set_name("http");
    what->mutable_endpoints(0)->set_address("${host.address}:8080");
    what->mutable_readiness()->mutable_tcp();
    *what->mutable_startup_timeout() = ToProto(absl::Seconds(15));
    controller_.Send(assignment);
  }
  bool Awaits(v1::GenerationPhase phase) {
    return controller_.WaitFor([phase](const v1::Observation& observation) {
      return observation.services_size() == 1 &&
             observation.services(0).generations_size() == 1 &&
             observation.services(0).generations(0).phase() == phase;
    });
  }

  std::string directory_;
  FakeShimHost shims_;
  FakeArtifactStore artifacts_;
  FakeProbeRunner probes_;
  PosixFileSystem files_;
  SystemClock clock_;
  output::Rotations rotations_{&files_, &clock_};
  std::unique_ptr<Surroundings> around_;
  FakeController controller_;
  std::unique_ptr<Agent> agent_;
};

TEST_F(AgentChannelsTest, TellsWhyAChannelLeadsNowhere) {
  Assign();
  ASSERT_TRUE(Awaits(v1::SERVING));
  struct Row {
    const char* service;
    int64_t generation;
    const char* endpoint;
    absl::StatusCode code;
    const char* words;
  };
  for (const Row& row : std::vector<Row>{
           {"db", 1, "", absl::StatusCode::kNotFound,
            "host h1 has no service \"db\"; it has: web"},
           {"../web", 1, "", absl::StatusCode::kNotFound, "no service"},
           {"web", 7, "", absl::StatusCode::kNotFound,
            "generation 7 of web has ended"},
           {"web", 1, "admin", absl::StatusCode::kNotFound,
            "generation 1 of web has no endpoint \"admin\""},
       }) {
    SCOPED_TRACE(row.words);
    v1::ChannelTarget target;
    target.set_service(row.service);
    target.mutable_proxy()->set_generation(row.generation);
    target.mutable_proxy()->set_endpoint(row.endpoint);
    auto channel = std::make_shared<channel::FakeChannel>();
    controller_.OpenChannel(target, channel);
    v1::ChannelEnd end = channel->Hear().end();
    EXPECT_EQ(end.code(), static_cast<int>(row.code));
    EXPECT_THAT(end.message(), HasSubstr(row.words));
    channel->Leave();
  }
}

TEST_F(AgentChannelsTest, DoesNotConnectToOneThatDoesNotListenYet) {
  FakeBehaviour slow;
  slow.listens_after = absl::InfiniteDuration();
  shims_.SetBehaviour("R0", slow);
  Assign();
  ASSERT_TRUE(Awaits(v1::STARTING));
  v1::ChannelTarget target;
  target.set_service("web");
  target.mutable_proxy()->set_generation(1);
  auto channel = std::make_shared<channel::FakeChannel>();
  controller_.OpenChannel(target, channel);
  EXPECT_EQ(channel->Hear().end().message(),
            "generation 1 of web does not listen yet");
  channel->Leave();
}

TEST_F(AgentChannelsTest, ShowsWhatAServiceHasWritten) {
  Assign();
  ASSERT_TRUE(Awaits(v1::SERVING));
  ASSERT_TRUE(files_
                  .WriteAtomically(directory_ + "/services/web/output.log",
                                   "1 1 hello\n")
                  .ok());
  v1::ChannelTarget target;
  target.set_service("web");
  target.mutable_log();
  auto channel = std::make_shared<channel::FakeChannel>();
  controller_.OpenChannel(target, channel);
  EXPECT_TRUE(channel->Hear().has_opened());
  EXPECT_EQ(channel->Hear().lines().lines(0).text(), "hello");
  channel->Leave();
}

}  // namespace
}  // namespace rollout::agent
