// SPDX-License-Identifier: Apache-2.0
//
// An unmodified server is swapped under load; one that needs too much memory
// says so.

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/reconcile/real_agent.h"
#include "tests/load/connection_load.h"
#include "tests/load/protocol.h"

namespace rollout::agent {
namespace {

class RealSwapTest : public RealAgentTest {
 protected:
  void SetUp() override {
    RealAgentTest::SetUp();
    ASSERT_TRUE(
        files_.WriteAtomically(directory_ + "/index.html", "hello").ok());
  }

  static std::string Name(int number) { return absl::StrCat("R", number); }

  v1::Revision MakeRevision(int number) const {
    v1::Revision revision = BareRevision(Name(number));
    v1::ServiceTemplate* service = revision.mutable_service();
    for (const std::string& word :
         {std::string("/usr/bin/python3"), std::string("-m"),
          std::string("http.server"), std::string("--bind"),
          std::string("127.0.0.1"), std::string("--directory"), directory_,
          absl::StrCat(port_)}) {
      service->add_command(word);
    }
    (*service->mutable_environment())["VERSION"] = absl::StrCat(number);
    service->mutable_readiness()->mutable_http()->set_path("/index.html");
    service->set_handover(handover_);
    return revision;
  }

  // From the one before to the next, until nothing of the other is left.
  void SwapTo(int number) {
    SCOPED_TRACE(number);
    Send({{MakeRevision(number - 1), 0}, {MakeRevision(number), 1000}}, number);
    ExpectServing(Name(number));
    // In the midst of a swap the agent may go and come back.
    if (number == 3) {
      agent_.reset();
      StartAgent();
    }
    Send({{MakeRevision(number), 1000}}, number);
    ExpectOnly(Name(number));
    ASSERT_TRUE(controller_.WaitForReport(absl::StrCat("web/", number + 1)));
  }

  std::unique_ptr<load::ConnectionLoad> Load() const {
    load::LoadOptions options;
    options.address = absl::StrCat("127.0.0.1:", port_);
    options.protocol = load::Http("/index.html");
    auto load = load::ConnectionLoad::Start(options);
    EXPECT_TRUE(load.ok()) << load.status();
    return load.ok() ? *std::move(load) : nullptr;
  }

  // Waits until the parent of `service` runs from the installed file.
  bool AwaitInstalledShim(int32_t service) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (absl::Now() < deadline) {
      std::ifstream facts(absl::StrCat("/proc/", service, "/stat"));
      std::string pid, name, state;
      pid_t parent = 0;
      facts >> pid >> name >> state >> parent;
      std::error_code ignored;
      if (std::filesystem::equivalent(absl::StrCat("/proc/", parent, "/exe"),
                                      ShimProgram(), ignored)) {
        return true;
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }

  static void ExpectNoFailure(load::ConnectionLoad* load, int at_least) {
    load->Stop();
    load::LoadResult result = load->Result();
    EXPECT_EQ(result.failed(), 0) << result.ToJson();
    EXPECT_GT(result.total(), at_least);
  }

  v1::Handover handover_ = v1::INTERCEPT;
};

TEST_F(RealSwapTest, LosesNoConnection) {
  Send({{MakeRevision(0), 1000}}, 0);
  ExpectOnly(Name(0));
  auto load = Load();
  for (int swap = 1; swap <= 5; ++swap) SwapTo(swap);
  ExpectNoFailure(load.get(), 100);
  v1::SwapReport report = controller_.reports()["web/6"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWAPPED) << report.DebugString();
  if (!group_.empty()) {
    EXPECT_GT(FromProto(report.old_usage().cpu_time()), absl::Milliseconds(10))
        << report.DebugString();
  }
}

// As a package does it: a new file, and the agent is started again.
TEST_F(RealSwapTest, AnUpgradeRenewsTheShimUnderLoad) {
  Send({{MakeRevision(0), 1000}}, 0);
  ExpectOnly(Name(0));
  auto load = Load();
  for (int upgrade = 1; upgrade <= 3; ++upgrade) {
    SCOPED_TRACE(upgrade);
    const int32_t service =
        controller_.observation().services(0).generations(0).pid();
    InstallShim();
    agent_.reset();
    StartAgent();
    EXPECT_TRUE(AwaitInstalledShim(service));
    SwapTo(upgrade);
  }
  ExpectNoFailure(load.get(), 100);
}

// What can't be gone on in leaves the shim as it is, and is told once.
TEST_F(RealSwapTest, AShimThatCanNotBeRenewedStays) {
  Send({{MakeRevision(0), 1000}}, 0);
  ExpectOnly(Name(0));
  auto load = Load();
  std::filesystem::remove(ShimProgram());
  std::filesystem::copy_file("/bin/true", ShimProgram());
  agent_.reset();
  StartAgent();
  EXPECT_TRUE(AwaitWeb([](const v1::ServiceObservation& web) {
    return web.generations_size() == 1 &&
           absl::StrContains(web.generations(0).message(), "no rollout-shim");
  })) << controller_.observation().DebugString();
  SwapTo(1);
  ExpectNoFailure(load.get(), 20);
}

TEST_F(RealSwapTest, LosesNoConnectionOfOneThatCanNotRunTwice) {
  handover_ = v1::EXCLUSIVE;
  Send({{MakeRevision(0), 1000}}, 0);
  ExpectOnly(Name(0));
  auto load = Load();
  for (int swap = 1; swap <= 5; ++swap) SwapTo(swap);
  v1::SwapReport report = controller_.reports()["web/6"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWAPPED) << report.DebugString();
  EXPECT_EQ(report.handover(), v1::EXCLUSIVE);
  EXPECT_EQ(report.old_generation(), 5);
  EXPECT_EQ(report.connections_cut(), 0u);
  const v1::SwapTimings& timings = report.timings();
  EXPECT_GT(FromProto(timings.held()), FromProto(timings.startup()));
  EXPECT_GE(FromProto(timings.total()), FromProto(timings.held()));
  // It began with the end of the old one, not with the start of the new one.
  EXPECT_LE(FromProto(report.began()) + FromProto(timings.total()),
            clock_.Now());
  // What can't run gives way to the one before, which is started again.
  v1::Revision bad = MakeRevision(6);
  bad.mutable_service()->set_command(0, "/bin/false");
  Send({{MakeRevision(5), 0}, {bad, 1000}}, 6);
  ASSERT_TRUE(controller_.WaitForReport("web/7"));
  ExpectServing(Name(5));
  EXPECT_EQ(controller_.reports()["web/7"].outcome(), v1::SwapReport::REFUSED);
  // While they wait they ask no more.
  ExpectNoFailure(load.get(), 20);
}

TEST_F(RealSwapTest, TakesTurnsWhereMemoryIsShortAndThePlanLetsIt) {
  const ControllerPlace& memory = around_->controllers.memory;
  if (!memory.unified && memory.holder.empty()) GTEST_SKIP() << memory.problem;
  Send({{MakeRevision(0), 1000}}, 0);
  ExpectOnly(Name(0));
  auto load = Load();
  v1::Revision large = MakeRevision(1);
  large.mutable_service()->mutable_limits()->set_memory_bytes(1ULL << 50);
  large.mutable_service()->set_fallback(v1::EXCLUSIVE);
  Send({{MakeRevision(0), 0}, {large, 1000}}, 1);
  ExpectServing(Name(1));
  ASSERT_TRUE(controller_.WaitForReport("web/2"));
  EXPECT_EQ(controller_.reports()["web/2"].handover(), v1::EXCLUSIVE);
  EXPECT_EQ(controller_.reports()["web/2"].outcome(), v1::SwapReport::SWAPPED);
  ExpectNoFailure(load.get(), 5);
}

TEST_F(RealSwapTest, NamesADeathForWantOfMemory) {
  const ControllerPlace& memory = around_->controllers.memory;
  if (!memory.unified && memory.holder.empty()) GTEST_SKIP() << memory.problem;
  v1::Revision greedy = BareRevision(Name(0));
  greedy.mutable_service()->mutable_limits()->set_memory_bytes(48 << 20);
  for (const char* word : {"/usr/bin/python3", "-c", "bytearray(200 << 20)"}) {
    greedy.mutable_service()->add_command(word);
  }
  Send({{greedy, 1000}}, 0);
  EXPECT_TRUE(AwaitWeb([&](const v1::ServiceObservation& web) {
    for (const v1::GenerationObservation& found : web.generations()) {
      if (absl::StrContains(found.message(),
                            "killed by signal 9 (Killed) for want of memory: "
                            "limit 48Mi, see limits.memory")) {
        return true;
      }
    }
    return false;
  })) << controller_.observation().DebugString();
  // Nobody asks for it any more, so that it is not started again.
  Send({{MakeRevision(1), 1000}}, 1);
  ExpectOnly(Name(1));
}

// What has died needs no memory beside its successor.
TEST_F(RealSwapTest, ACrashedOneIsStartedAgainHoweverTightItIs) {
  const ControllerPlace& memory = around_->controllers.memory;
  if (!memory.unified && memory.holder.empty()) GTEST_SKIP() << memory.problem;
  v1::Revision huge = MakeRevision(0);
  huge.mutable_service()->mutable_limits()->set_memory_bytes(uint64_t{1} << 50);
  Send({{huge, 1000}}, 0);
  ExpectOnly(Name(0));
  const int32_t first =
      controller_.observation().services(0).generations(0).pid();
  ASSERT_EQ(kill(first, SIGKILL), 0);
  EXPECT_TRUE(AwaitWeb([first](const v1::ServiceObservation& web) {
    return web.generations_size() == 1 && web.generations(0).pid() != first &&
           web.generations(0).phase() == v1::SERVING;
  })) << controller_.observation().DebugString();
}

}  // namespace
}  // namespace rollout::agent
