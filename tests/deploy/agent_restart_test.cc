// SPDX-License-Identifier: Apache-2.0
//
// Whatever becomes of an agent under systemd or supervisord, with the files of
// deploy/, its service goes on, and the next agent goes on with it.

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/deploy/supervisor.h"
#include "tests/deploy/supervisord.h"
#include "tests/deploy/systemd.h"
#include "tests/e2e/continuity.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::deploy {
namespace {

using e2e::WaitUntil;
using ::testing::IsEmpty;

constexpr absl::Duration kLimit = absl::Seconds(30);
constexpr absl::Duration kMinReady = absl::Milliseconds(300);

// A host that serves version 1, with a load on it.
class HostedAgent {
 public:
  explicit HostedAgent(std::unique_ptr<Supervisor> supervisor)
      : supervisor_(std::move(supervisor)) {}

  void Start() {
    auto fleet = e2e::Fleet::Start(1, [this](const e2e::AgentFiles& files) {
      return supervisor_->Command(files);
    });
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    ASSERT_NO_FATAL_FAILURE(SwapTo(1));
    load::LoadOptions options;
    options.address = fleet_->Target(0);
    // Fewer than Python's queue holds: its overflow is not what is looked for.
    options.clients = 4;
    auto load = load::ConnectionLoad::Start(options);
    ASSERT_TRUE(load.ok()) << load.status();
    load_ = *std::move(load);
  }

  void SwapTo(int version) {
    e2e::Site site(fleet_->directory(), version);
    site.SetReady(true);
    e2e::ManifestFields fields = site.Fields(fleet_->port());
    fields.min_ready = kMinReady;
    absl::Status applied = operate().Apply(e2e::Manifest(fields));
    ASSERT_TRUE(applied.ok()) << applied;
    auto end = operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    ASSERT_EQ(*end, e2e::End::kDone);
  }

  // `act` ends the agent. Another one comes, and clients are served meanwhile
  // and afterwards.
  void ExpectAnotherAgentAfter(const std::function<void()>& act) {
    const pid_t before = supervisor_->AgentPid();
    ASSERT_GT(before, 0);
    act();
    ASSERT_TRUE(WaitUntil(kLimit, [&] {
      pid_t now = supervisor_->AgentPid();
      return now != 0 && now != before;
    }));
    const int64_t served = load_->Result().total();
    ASSERT_TRUE(WaitUntil(kLimit, [&] {
      return load_->Result().total() > served + e2e::kMinOverlapping;
    }));
  }

  const e2e::Operator& operate() const { return fleet_->operate(); }
  e2e::Fleet& fleet() { return *fleet_; }
  const Supervisor& supervisor() const { return *supervisor_; }
  load::ConnectionLoad& load() { return *load_; }

 private:
  const std::unique_ptr<Supervisor> supervisor_;
  std::unique_ptr<e2e::Fleet> fleet_;
  std::unique_ptr<load::ConnectionLoad> load_;
};

// The only generation's number and process, held so that no other process is
// taken for it.
struct Serving {
  int64_t generation = 0;
  UniqueFd process;

  bool Ended() const {
    pollfd ended{process.get(), POLLIN, 0};
    return poll(&ended, 1, 0) != 0;
  }
};

Serving ServingOn(const e2e::Operator& operate) {
  Serving serving;
  auto status = operate.Status("web");
  if (!status.ok() || status->hosts_size() != 1 ||
      status->hosts(0).generations_size() != 1) {
    return serving;
  }
  const auto& generation = status->hosts(0).generations(0);
  serving.generation = generation.number();
  serving.process = UniqueFd(syscall(SYS_pidfd_open, generation.pid(), 0));
  return serving;
}

struct Case {
  const char* name;
  std::function<std::unique_ptr<Supervisor>()> make;
};

class AgentRestart : public ::testing::TestWithParam<Case> {};

TEST_P(AgentRestart, CostsNoConnection) {
  HostedAgent host(GetParam().make());
  ASSERT_NO_FATAL_FAILURE(host.Start());
  const Serving old = ServingOn(host.operate());
  ASSERT_TRUE(old.process.valid());

  {
    SCOPED_TRACE("an operator's restart");
    ASSERT_NO_FATAL_FAILURE(host.ExpectAnotherAgentAfter([&] {
      absl::Status restarted = host.supervisor().RestartAgent();
      EXPECT_TRUE(restarted.ok()) << restarted;
    }));
    EXPECT_FALSE(old.Ended());
  }
  {
    SCOPED_TRACE("kill -9");
    ASSERT_NO_FATAL_FAILURE(host.ExpectAnotherAgentAfter(
        [&] { kill(host.supervisor().AgentPid(), SIGKILL); }));
    EXPECT_FALSE(old.Ended());
  }
  {
    SCOPED_TRACE("the supervisor's own restart");
    ASSERT_NO_FATAL_FAILURE(host.ExpectAnotherAgentAfter([&] {
      host.fleet().agent(0).Signal(SIGTERM);
      EXPECT_TRUE(host.fleet().agent(0).Wait(kLimit).has_value());
      absl::Status started = host.fleet().StartAgent(0);
      EXPECT_TRUE(started.ok()) << started;
    }));
    EXPECT_FALSE(old.Ended());
  }

  ASSERT_NO_FATAL_FAILURE(host.SwapTo(2));
  auto swaps = e2e::AwaitSwaps(host.operate(), "web", 1);
  ASSERT_TRUE(swaps.ok()) << swaps.status();
  EXPECT_EQ(swaps->front().old_generation(), old.generation);
  EXPECT_TRUE(old.Ended());
  host.load().Stop();
  load::LoadResult result = host.load().Result();
  e2e::LoadedSwaps loaded{*swaps, kMinReady};
  std::cout << e2e::SwapTable(result, loaded);
  EXPECT_THAT(e2e::Complaints(result, loaded), IsEmpty()) << result.ToJson();
  EXPECT_EQ(result.bodies().size(), 2u) << result.ToJson();
}

INSTANTIATE_TEST_SUITE_P(
    Supervisors, AgentRestart,
    ::testing::Values(
        Case{"supervisord", [] { return std::make_unique<Supervisord>(); }},
        Case{"systemd", [] { return std::make_unique<Systemd>(); }}),
    [](const auto& info) { return info.param.name; });

// The check above can fail.
TEST(PlantedFault, AUnitWithoutKillModeEndsTheServiceWithTheAgent) {
  // The shim does not mind SIGTERM, and would take the unit's whole time.
  HostedAgent host(std::make_unique<Systemd>(
      Replacements{{"\nKillMode=process\n", "\n"},
                   {"TimeoutStopSec=30s", "TimeoutStopSec=1s"}}));
  ASSERT_NO_FATAL_FAILURE(host.Start());
  const Serving old = ServingOn(host.operate());
  ASSERT_TRUE(old.process.valid());
  absl::Status restarted = host.supervisor().RestartAgent();
  ASSERT_TRUE(restarted.ok()) << restarted;
  EXPECT_TRUE(WaitUntil(kLimit, [&] { return old.Ended(); }));
  EXPECT_TRUE(
      WaitUntil(kLimit, [&] { return host.load().Result().failed() > 0; }));
}

}  // namespace
}  // namespace rollout::deploy
