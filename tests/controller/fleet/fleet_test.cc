// SPDX-License-Identifier: Apache-2.0

#include "controller/fleet/fleet.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/proto_time.h"
#include "controller/fleet/host_session.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/hand_clock.h"
#include "tests/fakes/memory_store.h"

namespace rollout::fleet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Writes down what it is told.
class RecordingSession : public HostSession {
 public:
  void Welcome(const v1::Welcome& welcome) override {
    MutexLock lock(&mutex_);
    welcomes_.push_back(welcome.epoch());
    redial_spread_ = FromProto(welcome.redial_spread());
  }
  void Send(v1::Assignment assignment) override {
    MutexLock lock(&mutex_);
    sent_.push_back(std::move(assignment));
  }
  void AckReport(const v1::SwapReportAck& ack) override {
    MutexLock lock(&mutex_);
    acks_.push_back(ack.id() + (ack.final() ? " final" : ""));
  }
  void OpenChannel(const v1::OpenChannel& channel) override {
    MutexLock lock(&mutex_);
    channels_.push_back(channel.id());
  }
  void Probe() override {
    MutexLock lock(&mutex_);
    ++probes_;
  }
  void Close(const absl::Status& status) override {
    MutexLock lock(&mutex_);
    closed_ = status;
  }

  std::vector<uint64_t> welcomes() const {
    MutexLock lock(&mutex_);
    return welcomes_;
  }
  absl::Duration redial_spread() const {
    MutexLock lock(&mutex_);
    return redial_spread_;
  }
  std::vector<v1::Assignment> sent() const {
    MutexLock lock(&mutex_);
    return sent_;
  }
  std::vector<std::string> acks() const {
    MutexLock lock(&mutex_);
    return acks_;
  }
  std::vector<std::string> channels() const {
    MutexLock lock(&mutex_);
    return channels_;
  }
  int probes() const {
    MutexLock lock(&mutex_);
    return probes_;
  }
  absl::Status closed() const {
    MutexLock lock(&mutex_);
    return closed_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<uint64_t> welcomes_ ABSL_GUARDED_BY(mutex_);
  absl::Duration redial_spread_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Assignment> sent_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> acks_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> channels_ ABSL_GUARDED_BY(mutex_);
  int probes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status closed_ ABSL_GUARDED_BY(mutex_);
};

v1::Hello HelloOf(const std::string& host, uint64_t highest_epoch = 0) {
  v1::Hello hello;
  hello.mutable_host()->set_name(host);
  hello.mutable_host()->set_address("127.0.1.1");
  hello.set_highest_epoch(highest_epoch);
  return hello;
}

v1::Observation ObservationOf(v1::GenerationPhase phase, int serving_s) {
  v1::Observation observation;
  v1::GenerationObservation* generation =
      observation.add_services()->add_generations();
  generation->set_phase(phase);
  generation->mutable_serving_for()->set_seconds(serving_s);
  return observation;
}

class FleetTest : public ::testing::Test {
 protected:
  FleetTest() { Begin(); }
  ~FleetTest() override {
    store_.Close();
    history_store_.Close();
  }

  // A new life of the controller on the same store.
  void Begin(FleetOptions options = {}) {
    fleet_ = std::make_unique<Fleet>(*catalog_, *history_, clock_, options);
    fleet_->Subscribe(
        [this](const std::string& host) { told_.push_back(host); });
  }
  absl::Status Start() {
    store::Outcome<absl::Status> outcome;
    fleet_->Start(outcome);
    return outcome.Wait();
  }
  std::shared_ptr<RecordingSession> Connect(const v1::Hello& hello) {
    auto session = std::make_shared<RecordingSession>();
    EXPECT_TRUE(fleet_->Connect(hello, session).ok());
    store_.Settle();
    return session;
  }

  HandClock clock_;
  store::MemoryStore store_;
  store::MemoryStore history_store_;
  std::unique_ptr<store::Catalog> catalog_ = *store::Catalog::Open(store_);
  std::unique_ptr<store::History> history_ =
      *store::History::Open(history_store_, {});
  std::unique_ptr<Fleet> fleet_;
  std::vector<std::string> told_;
};

TEST_F(FleetTest, EveryLifeHasAHigherEpoch) {
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(fleet_->epoch(), 1u);
  Begin();
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(fleet_->epoch(), 2u);
  EXPECT_EQ(catalog_->epoch(), 2u);
}

TEST_F(FleetTest, WelcomesNobodyBeforeItsEpochIsStored) {
  auto session = Connect(HelloOf("a"));
  EXPECT_THAT(session->welcomes(), IsEmpty());
  fleet_->Send("a", {});
  EXPECT_THAT(session->sent(), IsEmpty());
  EXPECT_FALSE(
      fleet_->Connect(HelloOf("a"), std::make_shared<RecordingSession>()).ok());
  EXPECT_EQ(session->probes(), 0) << "before its welcome";
  ASSERT_TRUE(Start().ok());
  EXPECT_THAT(session->welcomes(), ElementsAre(1));
}

// A lease is 90 s, of which 30 s are for all of them to dial again.
TEST_F(FleetTest, HostsDialAgainWithinTheirLeases) {
  FleetOptions options;
  options.redial_spacing = absl::Seconds(20);
  Begin(options);
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(Connect(HelloOf("a"))->redial_spread(), absl::Seconds(20));
  EXPECT_EQ(Connect(HelloOf("b"))->redial_spread(), absl::Seconds(30));
}

TEST_F(FleetTest, MovesPastAnEpochThatAnotherControllerGave) {
  ASSERT_TRUE(Start().ok());
  struct Case {
    const char* name;
    uint64_t seen;
    uint64_t epoch;
  };
  const Case kCases[] = {
      {"none", 0, 1},
      {"a higher one", 7, 8},
      {"the same number, given by a controller before a restore", 8, 9},
      {"an older one", 3, 9},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto session = Connect(HelloOf(c.name, c.seen));
    store_.Settle();
    EXPECT_THAT(session->welcomes(), ElementsAre(c.epoch));
    EXPECT_EQ(catalog_->epoch(), c.epoch);
    // With the epoch this controller gave it, it is welcome as it is.
    fleet_->Disconnect(c.name, session.get());
    EXPECT_THAT(Connect(HelloOf(c.name, c.epoch))->welcomes(),
                ElementsAre(c.epoch));
  }
}

TEST_F(FleetTest, AsksForChannelsThoseWhoTakeThem) {
  v1::OpenChannel channel;
  channel.set_id("x");
  EXPECT_TRUE(absl::IsNotFound(fleet_->OpenChannel("a", channel)));
  v1::Hello hello = HelloOf("a");
  hello.set_takes_channels(true);
  auto session = Connect(hello);
  EXPECT_TRUE(absl::IsUnavailable(fleet_->OpenChannel("a", channel)))
      << "it is not welcomed yet";
  ASSERT_TRUE(Start().ok());
  EXPECT_TRUE(fleet_->OpenChannel("a", channel).ok());
  EXPECT_THAT(session->channels(), ElementsAre("x"));
  fleet_->Disconnect("a", session.get());
  EXPECT_TRUE(absl::IsUnavailable(fleet_->OpenChannel("a", channel)));
  auto old = Connect(HelloOf("a"));
  EXPECT_TRUE(absl::IsFailedPrecondition(fleet_->OpenChannel("a", channel)));
  EXPECT_THAT(old->channels(), IsEmpty());
}

TEST_F(FleetTest, SendsAwayWhomItCantWelcome) {
  ASSERT_TRUE(Start().ok());
  store_.SetFailure(absl::UnavailableError("disk full"));
  auto session = Connect(HelloOf("a", 5));
  EXPECT_THAT(session->welcomes(), IsEmpty());
  EXPECT_TRUE(absl::IsUnavailable(session->closed()));
  store_.SetFailure(absl::OkStatus());
  EXPECT_THAT(Connect(HelloOf("a", 5))->welcomes(), ElementsAre(6));
}

TEST_F(FleetTest, RefusesASecondHostOfTheSameName) {
  ASSERT_TRUE(Start().ok());
  auto first = Connect(HelloOf("a"));
  EXPECT_EQ(first->probes(), 0);
  absl::Status second =
      fleet_->Connect(HelloOf("a"), std::make_shared<RecordingSession>());
  EXPECT_TRUE(absl::IsAlreadyExists(second));
  EXPECT_EQ(first->probes(), 1) << "is it still there?";
  EXPECT_THAT(second.message(), HasSubstr("another name"));
  fleet_->Disconnect("a", first.get());
  auto third = Connect(HelloOf("a"));
  // What comes late from the first stream is not the host's word any more.
  fleet_->Disconnect("a", first.get());
  fleet_->Observe("a", first.get(), ObservationOf(v1::SERVING, 1));
  EXPECT_TRUE(fleet_->FindHost("a")->connected);
  EXPECT_THAT(fleet_->FindHost("a")->observation->services(), IsEmpty());
}

TEST_F(FleetTest, SendsWithEpochAndGrowingSerial) {
  ASSERT_TRUE(Start().ok());
  auto session = Connect(HelloOf("a"));
  EXPECT_TRUE(fleet_->FindHost("a")->awaits_assignment);
  fleet_->Send("a", {});
  EXPECT_FALSE(fleet_->FindHost("a")->awaits_assignment);
  fleet_->Send("a", {});
  fleet_->Send("nobody", {});
  ASSERT_THAT(session->sent(), SizeIs(2));
  EXPECT_EQ(session->sent()[0].host(), "a");
  EXPECT_EQ(session->sent()[0].epoch(), 1u);
  EXPECT_LT(session->sent()[0].serial(), session->sent()[1].serial());
}

TEST_F(FleetTest, StoresAHostAgainThatCouldNotBeStored) {
  ASSERT_TRUE(Start().ok());
  store_.SetFailure(absl::UnavailableError("disk full"));
  auto session = Connect(HelloOf("a"));
  EXPECT_THAT(catalog_->Hosts(), IsEmpty());
  fleet_->Observe("a", session.get(), {});
  store_.Settle();
  EXPECT_THAT(catalog_->Hosts(), IsEmpty());
  store_.SetFailure(absl::OkStatus());
  fleet_->Observe("a", session.get(), {});
  store_.Settle();
  EXPECT_THAT(catalog_->Hosts(), SizeIs(1));
  // Once is enough.
  int64_t revision = store_.List("")->revision;
  fleet_->Observe("a", session.get(), {});
  store_.Settle();
  EXPECT_EQ(store_.List("")->revision, revision);
}

TEST_F(FleetTest, TellsOfChangesAndNotOfHeartbeats) {
  ASSERT_TRUE(Start().ok());
  auto session = Connect(HelloOf("a"));
  told_.clear();
  fleet_->Observe("a", session.get(), ObservationOf(v1::SERVING, 3600));
  EXPECT_THAT(told_, SizeIs(1));
  fleet_->Observe("a", session.get(), ObservationOf(v1::SERVING, 3630));
  EXPECT_THAT(told_, SizeIs(1));
  fleet_->Observe("a", session.get(), ObservationOf(v1::WARM, 3660));
  EXPECT_THAT(told_, SizeIs(2));
  fleet_->Observe("a", session.get(), ObservationOf(v1::WARM, 3690));
  EXPECT_THAT(told_, SizeIs(2));
  fleet_->Disconnect("a", session.get());
  EXPECT_THAT(told_, SizeIs(3));
}

TEST_F(FleetTest, TellsHowLongAGenerationServesSoThatNoMinReadyIsMissed) {
  ASSERT_TRUE(Start().ok());
  auto session = Connect(HelloOf("a"));
  struct Case {
    int serving_s;
    bool told;
  };
  const Case kCases[] = {{0, true},     {1, true},    {31, true},
                         {899, true},   {1000, true}, {1030, false},
                         {1090, false}, {1100, true}, {1130, false}};
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.serving_s);
    told_.clear();
    fleet_->Observe("a", session.get(),
                    ObservationOf(v1::SERVING, c.serving_s));
    EXPECT_THAT(told_, SizeIs(c.told ? 1 : 0));
  }
}

TEST_F(FleetTest, ASilentHostLosesItsLease) {
  ASSERT_TRUE(Start().ok());
  auto session = Connect(HelloOf("a"));
  EXPECT_EQ(fleet_->EndLeases(), absl::Seconds(90));
  clock_.Move(absl::Seconds(60));
  fleet_->Observe("a", session.get(), {});
  clock_.Move(absl::Seconds(89));
  EXPECT_EQ(fleet_->EndLeases(), absl::Seconds(1));
  EXPECT_TRUE(session->closed().ok());
  clock_.Move(absl::Seconds(1));
  told_.clear();
  fleet_->EndLeases();
  EXPECT_THAT(told_, ElementsAre("a"));
  EXPECT_THAT(session->closed().message(), HasSubstr("1m30s"));
  EXPECT_FALSE(fleet_->FindHost("a")->connected);
  EXPECT_TRUE(fleet_->FindHost("a")->lease_over);
  EXPECT_EQ(fleet_->FindHost("a")->silent_for, absl::Seconds(90));
  // Once, and a new stream begins anew.
  fleet_->EndLeases();
  EXPECT_THAT(told_, SizeIs(1));
  Connect(HelloOf("a"));
  EXPECT_FALSE(fleet_->FindHost("a")->lease_over);
}

TEST_F(FleetTest, KnowsItsHostsAfterARestartAndGivesThemALease) {
  ASSERT_TRUE(Start().ok());
  Connect(HelloOf("a"));
  Begin();
  ASSERT_THAT(fleet_->Hosts(), SizeIs(1));
  HostSnapshot host = fleet_->Hosts()[0];
  EXPECT_EQ(host.info.address(), "127.0.1.1");
  EXPECT_FALSE(host.reported);
  EXPECT_FALSE(host.connected);
  EXPECT_FALSE(host.lease_over);
  EXPECT_EQ(host.joined, clock_.Now());
  clock_.Move(absl::Seconds(90));
  EXPECT_TRUE(fleet_->FindHost("a")->lease_over);
}

TEST_F(FleetTest, AcknowledgesAReportOnceItIsStored) {
  ASSERT_TRUE(Start().ok());
  auto session = Connect(HelloOf("a"));
  std::vector<std::string> reported;
  fleet_->SubscribeReports([&reported](const v1::SwapReport& report) {
    reported.push_back(report.host() + " " + report.id());
  });
  v1::SwapReport report;
  report.set_id("web/2");
  report.set_outcome(v1::SwapReport::UNDER_WAY);
  history_store_.SetFailure(absl::UnavailableError("disk full"));
  fleet_->Report("a", session.get(), report);
  history_store_.Settle();
  EXPECT_THAT(session->acks(), IsEmpty());
  history_store_.SetFailure(absl::OkStatus());
  fleet_->Report("a", session.get(), report);
  report.set_outcome(v1::SwapReport::SWAPPED);
  report.set_final(true);
  fleet_->Report("a", session.get(), report);
  history_store_.Settle();
  EXPECT_THAT(session->acks(), ElementsAre("web/2", "web/2 final"));
  EXPECT_THAT(reported, ElementsAre("a web/2", "a web/2"));
  ASSERT_THAT(history_->Swaps(""), SizeIs(1));
  EXPECT_EQ(history_->Swaps("")[0].host(), "a");
}

}  // namespace
}  // namespace rollout::fleet
