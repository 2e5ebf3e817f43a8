// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/reconcile/real_agent.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "agent/reconcile/kernel_support.h"
#include "agent/reconcile/stop_services.h"
#include "agent/resources/control_groups.h"
#include "agent/resources/controllers.h"
#include "base/proto_time.h"
#include "base/sha256.h"
#include "base/unique_fd.h"

namespace rollout::agent {
namespace {

// One that was free a moment ago.
int FreePort() {
  UniqueFd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

void RealAgentTest::SetUp() {
  char name[] = "/tmp/rollout-swap-XXXXXX";
  directory_ = mkdtemp(name);
  port_ = FreePort();
  std::string program = "#!/bin/sh\n";
  ASSERT_TRUE(files_.WriteAtomically(directory_ + "/program", program).ok());
  digest_ = Sha256Of(program);
  shims_ = std::make_unique<shim_client::ProcessShimHost>(
      shim_client::ShimHostOptions{directory_, ShimProgram()}, files_);
  InstallShim();
  auto artifacts = artifact::DiskArtifactStore::Open(
      directory_ + "/artifacts", artifact::PrepareSettings());
  ASSERT_TRUE(artifacts.ok()) << artifacts.status();
  artifacts_ = *std::move(artifacts);
  v1::HostInfo host;
  host.set_name("h1");
  host.set_address("127.0.0.1");
  PrepareKernel();
  group_ = PrepareControlGroups(files_, GroupName()).value_or("");
  around_ = std::make_unique<Surroundings>(Surroundings{
      Shims(), *artifacts_, probes_, files_, clock_, rotations_, directory_,
      group_, host, PrepareControllers(files_, group_, GroupName())});
  StartAgent();
}

void RealAgentTest::TearDown() {
  agent_.reset();
  absl::Status stopped = StopServices(around_.get());
  EXPECT_TRUE(stopped.ok()) << stopped;
  const std::string& limited = around_->controllers.memory.holder;
  if (access(limited.c_str(), F_OK) == 0) {
    EXPECT_EQ(rmdir(limited.c_str()), 0) << "something is left in there";
  }
  if (!group_.empty()) {
    EXPECT_EQ(rmdir(group_.c_str()), 0) << "something is left in there";
  }
  std::filesystem::remove_all(directory_);
}

void RealAgentTest::InstallShim() {
  const std::string aside = ShimProgram() + ".new";
  std::filesystem::copy_file(
      absl::StrCat(getenv("TEST_SRCDIR"), "/rollout/agent/shim/rollout-shim"),
      aside);
  std::filesystem::rename(aside, ShimProgram());
}

void RealAgentTest::StartAgent() {
  agent_ = std::make_unique<Agent>(
      around_.get(), [this](const v1::HostInfo& host, link::LinkEvents events) {
        return controller_.MakeLink(host, std::move(events));
      });
  absl::Status started = agent_->Start();
  ASSERT_TRUE(started.ok()) << started;
}

v1::Revision RealAgentTest::BareRevision(const std::string& id) const {
  v1::Revision revision;
  revision.set_plan("web");
  revision.set_id(id);
  v1::ServiceTemplate* service = revision.mutable_service();
  service->mutable_artifact()->set_url(
      absl::StrCat("file://", directory_, "/program"));
  service->mutable_artifact()->set_sha256(digest_);
  service->mutable_artifact()->set_format(v1::Artifact::EXECUTABLE);
  v1::Endpoint* endpoint = service->add_endpoints();
  endpoint->set_name("http");
  endpoint->set_address(absl::StrCat("127.0.0.1:", port_));
  service->set_handover(v1::INTERCEPT);
  service->mutable_readiness()->mutable_tcp();
  *service->mutable_readiness()->mutable_period() = ToProto(absl::Seconds(1));
  *service->mutable_readiness()->mutable_timeout() = ToProto(absl::Seconds(1));
  service->mutable_drain()->set_signal("TERM");
  *service->mutable_drain()->mutable_timeout() = ToProto(absl::Seconds(10));
  *service->mutable_startup_timeout() = ToProto(absl::Seconds(15));
  *service->mutable_handshake_grace() = ToProto(absl::Seconds(3));
  return revision;
}

void RealAgentTest::Send(
    const std::vector<std::pair<v1::Revision, int>>& revisions,
    int64_t attempt) {
  v1::Assignment assignment;
  assignment.set_host("h1");
  assignment.set_epoch(1);
  assignment.set_serial(++serial_);
  v1::ServiceAssignment* service = assignment.add_services();
  service->set_plan("web");
  for (const auto& [revision, weight] : revisions) {
    v1::WeightedRevision* made = service->add_revisions();
    made->set_revision(revision.id());
    made->set_weight(weight);
    made->set_attempt(attempt);
    *service->add_templates() = revision;
  }
  controller_.Send(assignment);
}

bool RealAgentTest::AwaitWeb(
    std::function<bool(const v1::ServiceObservation&)> condition) {
  return controller_.WaitFor([&](const v1::Observation& observation) {
    return observation.services_size() == 1 &&
           condition(observation.services(0));
  });
}

void RealAgentTest::ExpectServing(const std::string& revision) {
  EXPECT_TRUE(AwaitWeb([&](const v1::ServiceObservation& web) {
    for (const v1::GenerationObservation& found : web.generations()) {
      if (found.weight() == 1000) return found.revision() == revision;
    }
    return false;
  })) << controller_.observation().DebugString();
}

void RealAgentTest::ExpectOnly(const std::string& revision) {
  EXPECT_TRUE(AwaitWeb([&](const v1::ServiceObservation& web) {
    return web.generations_size() == 1 &&
           web.generations(0).revision() == revision &&
           web.generations(0).phase() == v1::SERVING;
  })) << controller_.observation().DebugString();
}

std::string RealAgentTest::GroupName() const {
  return directory_.substr(directory_.rfind('/') + 1);
}

}  // namespace rollout::agent
