// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of each of the processes that take part in a swap, at each moment of
// it. No client that connects afterwards notices; of those it had accepted, a
// killed process of the service takes its own with it.

#include <signal.h>
#include <sys/socket.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/net_address.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/held_artifact.h"
#include "tests/e2e/service_process.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::e2e {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(60);
// Long enough to be met while it lasts.
constexpr absl::Duration kMinReady = absl::Milliseconds(1500);
// Fewer than Python's queue holds: its overflow is not what is looked for.
constexpr int kClients = 4;

enum class Victim { kAgent, kShim, kKeeper, kOld, kNew, kController };

// What the new generation is about to do, or the old one.
enum class Moment {
  kFetching,   // its artifact is on the way
  kStarting,   // it runs, and has no listener
  kListening,  // it is not ready
  kReady,      // it is ready; the shim has not been able to flip
  kFlip,       // its first client has been answered
  kServing,    // it serves, and the old one is warm
  kDraining,   // it serves, and the old one has a client left
};

struct Cell {
  Victim victim;
  Moment moment;
};

std::string Name(Victim victim) {
  switch (victim) {
    case Victim::kAgent:
      return "Agent";
    case Victim::kShim:
      return "Shim";
    case Victim::kKeeper:
      return "Keeper";
    case Victim::kOld:
      return "Old";
    case Victim::kNew:
      return "New";
    case Victim::kController:
      return "Controller";
  }
  return "";
}

std::string Name(Moment moment) {
  switch (moment) {
    case Moment::kFetching:
      return "Fetching";
    case Moment::kStarting:
      return "Starting";
    case Moment::kListening:
      return "Listening";
    case Moment::kReady:
      return "Ready";
    case Moment::kFlip:
      return "Flip";
    case Moment::kServing:
      return "Serving";
    case Moment::kDraining:
      return "Draining";
  }
  return "";
}

// A version that is lost while the one before it could still take its clients
// is given up.
bool IsRolledBack(const Cell& cell) {
  return cell.victim == Victim::kNew && cell.moment != Moment::kDraining;
}

std::vector<Cell> CellsOf(const std::vector<Victim>& victims) {
  std::vector<Cell> cells;
  for (Victim victim : victims) {
    for (Moment moment :
         {Moment::kFetching, Moment::kStarting, Moment::kListening,
          Moment::kReady, Moment::kFlip, Moment::kServing, Moment::kDraining}) {
      // There is no process of it yet.
      if (victim == Victim::kNew && moment == Moment::kFetching) continue;
      cells.push_back({victim, moment});
    }
  }
  return cells;
}

// To "IPV4:PORT".
UniqueFd Connect(const std::string& target) {
  auto address = NetAddress::Parse(target);
  UniqueFd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!address.ok() || connect(connection.get(), address->sockaddr_ptr(),
                               address->sockaddr_size()) != 0) {
    return UniqueFd();
  }
  return connection;
}

class Fault : public ::testing::TestWithParam<Cell> {
 protected:
  // A host that serves version 1, with a load on it, and a version 2 that
  // stops at every gate.
  void SetUp() override {
    auto fleet = Fleet::Start(1);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    Site first(fleet_->directory(), 1);
    first.SetReady(true);
    ASSERT_TRUE(operate().Apply(first.Manifest(fleet_->port())).ok());
    auto end = operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    ASSERT_EQ(*end, End::kDone);
    load::LoadOptions options;
    options.address = fleet_->Target(0);
    options.clients = kClients;
    auto load = load::ConnectionLoad::Start(options);
    ASSERT_TRUE(load.ok()) << load.status();
    load_ = *std::move(load);
    second_ = std::make_unique<Site>(fleet_->directory(), 2);
    artifact_ = std::make_unique<HeldArtifact>(
        absl::StrCat("#!/bin/sh\nuntil [ -e ", Gate(),
                     " ]; do sleep 0.02; done\n"
                     "exec /usr/bin/python3 -m http.server \"$@\"\n"));
  }

  const Operator& operate() const { return fleet_->operate(); }
  std::string Gate() const { return fleet_->directory() + "/gate"; }

  void ApplySecond() {
    ManifestFields fields = second_->Fields(fleet_->port());
    fields.version.artifact_url = artifact_->url();
    fields.version.sha256 = artifact_->sha256();
    // Before that the old one is not asked to leave.
    if (GetParam().moment != Moment::kDraining) fields.min_ready = kMinReady;
    absl::Status applied = operate().Apply(Manifest(fields));
    ASSERT_TRUE(applied.ok()) << applied;
  }

  // Generation 1 is the old one, 2 the new one. None: not seen.
  std::optional<v1::GenerationObservation> Generation(int64_t number) const {
    auto status = operate().Status("web");
    if (!status.ok() || status->hosts_size() != 1) return std::nullopt;
    for (const auto& generation : status->hosts(0).generations()) {
      if (generation.number() == number) return generation;
    }
    return std::nullopt;
  }

  void AwaitPhase(int64_t number, v1::GenerationPhase phase) {
    ASSERT_TRUE(WaitUntil(kLimit, [&] {
      auto generation = Generation(number);
      return generation && generation->phase() == phase;
    })) << v1::GenerationPhase_Name(phase);
  }

  // Opens gate after gate until the moment has come.
  void ReachMoment(Moment moment) {
    if (moment == Moment::kDraining) {
      last_client_ = Connect(fleet_->Target(0));
      ASSERT_TRUE(last_client_.valid());
    }
    ASSERT_NO_FATAL_FAILURE(ApplySecond());
    ASSERT_TRUE(WaitUntil(kLimit, [&] { return artifact_->Asked(); }));
    if (moment == Moment::kFetching) return;
    OpenNextGate();
    ASSERT_NO_FATAL_FAILURE(AwaitPhase(2, v1::STARTING));
    if (moment == Moment::kStarting) return;
    OpenNextGate();
    ASSERT_NO_FATAL_FAILURE(AwaitPhase(2, v1::LISTENING));
    if (moment == Moment::kListening) return;
    if (moment == Moment::kReady) kill(ShimPid(), SIGSTOP);
    OpenNextGate();
    switch (moment) {
      case Moment::kReady:
        return AwaitPhase(2, v1::READY);
      case Moment::kServing:
        return AwaitPhase(1, v1::WARM);
      case Moment::kDraining:
        return AwaitPhase(1, v1::DRAINING);
      default:
        ASSERT_TRUE(WaitUntil(kLimit, [&] { return Answers(2) > 0; }));
    }
  }

  pid_t ShimPid() const {
    auto pid = FindProcess("rollout-shim");
    EXPECT_TRUE(pid.ok()) << pid.status();
    return pid.value_or(0);
  }

  // Fetching, binding, being ready.
  void OpenNextGate() {
    switch (gates_opened_++) {
      case 0:
        return artifact_->Release();
      case 1:
        return void(std::ofstream(Gate()));
      default:
        return second_->SetReady(true);
    }
  }

  void OpenAllGates() {
    while (gates_opened_ < 3) OpenNextGate();
    last_client_.reset();
  }

  int64_t Answers(int version) const {
    const load::LoadResult result = load_->Result();
    auto found = result.bodies().find(absl::StrCat("version ", version));
    return found == result.bodies().end() ? 0 : found->second;
  }

  // Returns how many clients may lose what they had asked for.
  int Kill(Victim victim) {
    switch (victim) {
      case Victim::kAgent:
        fleet_->KillAgent(0);
        return 0;
      case Victim::kController:
        fleet_->KillController();
        return 0;
      case Victim::kShim:
        kill(ShimPid(), SIGKILL);
        return 0;
      case Victim::kKeeper:
        // Its parent from the first to the last.
        kill(ParentOf(ShimPid()), SIGKILL);
        return 0;
      case Victim::kOld:
        return KillGeneration(1);
      case Victim::kNew:
        return KillGeneration(2);
    }
    return 0;
  }

  // What has been accepted dies with it, the rest shall not.
  int KillGeneration(int64_t number) {
    auto generation = Generation(number);
    EXPECT_TRUE(generation && generation->pid() > 0);
    if (!generation || generation->pid() <= 0) return 0;
    Freeze(generation->pid());
    const int accepted = CountAccepted(generation->pid());
    kill(generation->pid(), SIGKILL);
    return accepted;
  }

  // What looks after them starts them again.
  void StartAgain(Victim victim) {
    if (victim == Victim::kAgent) {
      absl::Status started = fleet_->StartAgent(0);
      ASSERT_TRUE(started.ok()) << started;
    }
    if (victim == Victim::kController) {
      absl::Status started = fleet_->StartController();
      ASSERT_TRUE(started.ok()) << started;
    }
    absl::Status connected = fleet_->AwaitConnected();
    ASSERT_TRUE(connected.ok()) << connected;
  }

  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<load::ConnectionLoad> load_;
  std::unique_ptr<Site> second_;
  std::unique_ptr<HeldArtifact> artifact_;
  int gates_opened_ = 0;
  // A client of the old one's that takes its time.
  UniqueFd last_client_;
};

TEST_P(Fault, CostsNoNewConnection) {
  const Cell cell = GetParam();
  ASSERT_NO_FATAL_FAILURE(ReachMoment(cell.moment));
  const int accepted = Kill(cell.victim);
  if (cell.moment == Moment::kReady && cell.victim != Victim::kShim) {
    kill(ShimPid(), SIGCONT);
  }
  ASSERT_NO_FATAL_FAILURE(StartAgain(cell.victim));
  OpenAllGates();

  auto end = operate().Follow("web", kLimit);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(*end, IsRolledBack(cell) ? End::kRolledBack : End::kDone);
  const int serving = IsRolledBack(cell) ? 1 : 2;
  const int64_t before = Answers(serving);
  EXPECT_TRUE(
      WaitUntil(kLimit, [&] { return Answers(serving) > before + 50; }));
  load_->Stop();
  const load::LoadResult result = load_->Result();
  EXPECT_LE(result.failed(), accepted) << result.ToJson();
  EXPECT_EQ(result.count(load::Outcome::kRefused), 0) << result.ToJson();
  EXPECT_EQ(result.count(load::Outcome::kTimedOut), 0) << result.ToJson();
}

std::string NameOf(const ::testing::TestParamInfo<Cell>& info) {
  return Name(info.param.victim) + "When" + Name(info.param.moment);
}

INSTANTIATE_TEST_SUITE_P(
    Of, Fault,
    ::testing::ValuesIn(CellsOf({Victim::kAgent, Victim::kShim, Victim::kKeeper,
                                 Victim::kOld, Victim::kNew,
                                 Victim::kController})),
    NameOf);

}  // namespace
}  // namespace rollout::e2e
