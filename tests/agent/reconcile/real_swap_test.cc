// SPDX-License-Identifier: Apache-2.0
//
// The agent with all its real rooms, without a controller: an unmodified server
// is swapped under load.

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/artifact/disk_artifact_store.h"
#include "agent/output/rotations.h"
#include "agent/probe/marked_probe_runner.h"
#include "agent/reconcile/agent.h"
#include "agent/reconcile/kernel_support.h"
#include "agent/reconcile/stop_services.h"
#include "agent/resources/control_groups.h"
#include "agent/resources/controllers.h"
#include "agent/shim_client/process_shim_host.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/proto_time.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_controller.h"
#include "tests/load/connection_load.h"
#include "tests/load/protocol.h"

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

class RealSwapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/rollout-swap-XXXXXX";
    directory_ = mkdtemp(name);
    std::string program = "#!/bin/sh\n";
    ASSERT_TRUE(files_.WriteAtomically(directory_ + "/program", program).ok());
    ASSERT_TRUE(
        files_.WriteAtomically(directory_ + "/index.html", "hello").ok());
    digest_ = Sha256Of(program);
    shims_ = std::make_unique<shim_client::ProcessShimHost>(
        shim_client::ShimHostOptions{
            directory_, absl::StrCat(getenv("TEST_SRCDIR"), "/rollout/agent/",
                                     "shim/rollout-shim")},
        files_);
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
        *shims_, *artifacts_, probes_, files_, clock_, rotations_, directory_, group_, host,
        PrepareControllers(files_, group_, GroupName())});
    StartAgent();
  }

  void TearDown() override {
    agent_.reset();
    absl::Status stopped = StopServices(around_.get());
    EXPECT_TRUE(stopped.ok()) << stopped;
    const std::string& limited = around_->controllers.memory.holder;
    if (access(limited.c_str(), F_OK) == 0) {
      EXPECT_EQ(rmdir(limited.c_str()), 0) << "something is left in there";
    }
    if (group_.empty()) return;
    EXPECT_EQ(rmdir(group_.c_str()), 0) << "something is left in there";
    std::filesystem::remove_all(directory_);
  }

  std::string GroupName() {
    return directory_.substr(directory_.rfind('/') + 1);
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

  v1::Revision MakeRevision(int number) {
    v1::Revision revision;
    revision.set_plan("web");
    revision.set_id(absl::StrCat("R", number));
    v1::ServiceTemplate* service = revision.mutable_service();
    service->mutable_artifact()->set_url(
        absl::StrCat("file://", directory_, "/program"));
    service->mutable_artifact()->set_sha256(digest_);
    service->mutable_artifact()->set_format(v1::Artifact::EXECUTABLE);
    service->set_handover(handover_);
    if (number == bad_) {
      service->add_command("/bin/false");
    }
    for (std::string word :
         {std::string("/usr/bin/python3"), std::string("-m"),
          std::string("http.server"), std::string("--bind"),
          std::string("127.0.0.1"), std::string("--directory"), directory_,
          absl::StrCat(port_)}) {
      service->add_command(word);
    }
    (*service->mutable_environment())["VERSION"] = absl::StrCat(number);
    v1::Endpoint* endpoint = service->add_endpoints();
    endpoint->set_name("http");
    endpoint->set_address(absl::StrCat("127.0.0.1:", port_));
    service->mutable_readiness()->mutable_http()->set_path("/index.html");
    *service->mutable_readiness()->mutable_period() = ToProto(absl::Seconds(1));
    *service->mutable_readiness()->mutable_timeout() =
        ToProto(absl::Seconds(1));
    service->mutable_drain()->set_signal("TERM");
    *service->mutable_drain()->mutable_timeout() = ToProto(absl::Seconds(10));
    *service->mutable_startup_timeout() = ToProto(absl::Seconds(15));
    *service->mutable_handshake_grace() = ToProto(absl::Seconds(3));
    return revision;
  }

  // [old: 0, new: 1000], then [new: 1000]; old < 0: none.
  void Assign(int fresh, int old) {
    v1::Assignment assignment;
    assignment.set_host("h1");
    assignment.set_epoch(1);
    assignment.set_serial(++serial_);
    v1::ServiceAssignment* service = assignment.add_services();
    service->set_plan("web");
    for (int number : {old, fresh}) {
      if (number < 0) continue;
      v1::WeightedRevision* made = service->add_revisions();
      made->set_revision(absl::StrCat("R", number));
      made->set_weight(number == fresh ? 1000 : 0);
      made->set_attempt(fresh);
      *service->add_templates() = MakeRevision(number);
    }
    controller_.Send(assignment);
  }

  // Waits until all new connections go to that revision.
  void ExpectServing(int number) {
    EXPECT_TRUE(controller_.WaitFor([&](const v1::Observation& observation) {
      for (const v1::ServiceObservation& service : observation.services()) {
        for (const v1::GenerationObservation& found : service.generations()) {
          if (found.weight() == 1000) {
            return found.revision() == absl::StrCat("R", number);
          }
        }
      }
      return false;
    })) << controller_.observation().DebugString();
  }

  // Waits until only generations of that revision are left, and they serve.
  void ExpectOnly(int number) {
    EXPECT_TRUE(controller_.WaitFor([&](const v1::Observation& observation) {
      return observation.services_size() == 1 &&
             observation.services(0).generations_size() == 1 &&
             observation.services(0).generations(0).revision() ==
                 absl::StrCat("R", number) &&
             observation.services(0).generations(0).phase() == v1::SERVING;
    })) << controller_.observation().DebugString();
  }

  std::unique_ptr<load::ConnectionLoad> Load() {
    load::LoadOptions options;
    options.address = absl::StrCat("127.0.0.1:", port_);
    options.protocol = load::Http("/index.html");
    auto load = load::ConnectionLoad::Start(options);
    EXPECT_TRUE(load.ok()) << load.status();
    return load.ok() ? *std::move(load) : nullptr;
  }

  static void ExpectNoFailure(load::ConnectionLoad* load, int at_least) {
    load->Stop();
    load::LoadResult result = load->Result();
    EXPECT_EQ(result.failed(), 0) << result.ToJson();
    EXPECT_GT(result.total(), at_least);
  }

  std::string directory_;
  std::string digest_;
  // Holds those of the generations; empty: there are none here.
  std::string group_;
  const int port_ = FreePort();
  v1::Handover handover_ = v1::INTERCEPT;
  // The revision that can't run; -1: none.
  int bad_ = -1;
  uint64_t serial_ = 0;
  PosixFileSystem files_;
  SystemClock clock_;
  output::Rotations rotations_{&files_, &clock_};
  probe::MarkedProbeRunner probes_;
  std::unique_ptr<shim_client::ProcessShimHost> shims_;
  std::unique_ptr<artifact::DiskArtifactStore> artifacts_;
  std::unique_ptr<Surroundings> around_;
  FakeController controller_;
  std::unique_ptr<Agent> agent_;
};

TEST_F(RealSwapTest, LosesNoConnection) {
  Assign(0, -1);
  ExpectOnly(0);
  auto load = Load();
  for (int swap = 1; swap <= 5; ++swap) {
    SCOPED_TRACE(swap);
    Assign(swap, swap - 1);
    ExpectServing(swap);
    // In the midst of a swap the agent may go and come back.
    if (swap == 3) {
      agent_.reset();
      StartAgent();
    }
    Assign(swap, -1);
    ExpectOnly(swap);
    ASSERT_TRUE(controller_.WaitForReport(absl::StrCat("web/", swap + 1)));
  }
  ExpectNoFailure(load.get(), 100);
  v1::SwapReport report = controller_.reports()["web/6"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWAPPED) << report.DebugString();
  if (!group_.empty()) {
    EXPECT_GT(FromProto(report.old_usage().cpu_time()), absl::Milliseconds(10))
        << report.DebugString();
  }
}

TEST_F(RealSwapTest, LosesNoConnectionOfOneThatCanNotRunTwice) {
  handover_ = v1::EXCLUSIVE;
  bad_ = 6;
  Assign(0, -1);
  ExpectOnly(0);
  auto load = Load();
  for (int swap = 1; swap <= 5; ++swap) {
    SCOPED_TRACE(swap);
    Assign(swap, swap - 1);
    ExpectServing(swap);
    if (swap == 3) {
      agent_.reset();
      StartAgent();
    }
    Assign(swap, -1);
    ExpectOnly(swap);
    ASSERT_TRUE(controller_.WaitForReport(absl::StrCat("web/", swap + 1)));
  }
  v1::SwapReport report = controller_.reports()["web/6"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWAPPED) << report.DebugString();
  EXPECT_EQ(report.handover(), v1::EXCLUSIVE);
  EXPECT_EQ(report.old_generation(), 5);
  EXPECT_EQ(report.connections_cut(), 0u);
  const v1::SwapTimings& timings = report.timings();
  EXPECT_GT(FromProto(timings.held()), FromProto(timings.startup()));
  EXPECT_GE(FromProto(timings.total()), FromProto(timings.held()));
  // What can't run gives way to the one before, which is started again.
  Assign(6, 5);
  ExpectServing(5);
  ASSERT_TRUE(controller_.WaitForReport("web/7"));
  EXPECT_EQ(controller_.reports()["web/7"].outcome(), v1::SwapReport::REFUSED);
  // While they wait they ask no more.
  ExpectNoFailure(load.get(), 20);
}

TEST_F(RealSwapTest, NamesADeathForWantOfMemory) {
  const ControllerPlace& memory = around_->controllers.memory;
  if (!memory.unified && memory.holder.empty()) GTEST_SKIP() << memory.problem;
  v1::Revision greedy = MakeRevision(0);
  v1::ServiceTemplate* service = greedy.mutable_service();
  service->mutable_limits()->set_memory_bytes(48 << 20);
  service->clear_command();
  for (const char* word : {"/usr/bin/python3", "-c", "bytearray(200 << 20)"}) {
    service->add_command(word);
  }
  v1::Assignment assignment;
  assignment.set_host("h1");
  assignment.set_epoch(1);
  assignment.set_serial(1);
  v1::ServiceAssignment* web = assignment.add_services();
  web->set_plan("web");
  v1::WeightedRevision* wanted = web->add_revisions();
  wanted->set_revision("R0");
  wanted->set_weight(1000);
  *web->add_templates() = greedy;
  controller_.Send(assignment);
  EXPECT_TRUE(controller_.WaitFor([&](const v1::Observation& observation) {
    for (const v1::ServiceObservation& service : observation.services()) {
      for (const v1::GenerationObservation& found : service.generations()) {
        if (absl::StrContains(found.message(),
                              "killed by signal 9 (Killed) for want of memory: "
                              "limit 48Mi, see limits.memory")) {
          return true;
        }
      }
    }
    return false;
  })) << controller_.observation().DebugString();
  // Nobody asks for it any more, so that it is not started again.
  web->clear_revisions();
  web->clear_templates();
  *web->add_templates() = MakeRevision(1);
  wanted = web->add_revisions();
  wanted->set_revision("R1");
  wanted->set_weight(1000);
  assignment.set_serial(2);
  controller_.Send(assignment);
  ExpectOnly(1);
}

}  // namespace
}  // namespace rollout::agent
