// SPDX-License-Identifier: Apache-2.0
//
// Hosts with networks of their own, and a link that begins to lose what is sent
// over it in the middle of a swap. The host goes on by itself and no client
// notices; the rollout waits within its limits, and ends right once the link is
// whole.

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/proto_time.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/host_networks.h"
#include "tests/e2e/process.h"
#include "tests/e2e/service_process.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::Key;

constexpr absl::Duration kLimit = absl::Seconds(60);
constexpr int kHosts = 3;
// Whose turn comes first: its link is the one that is cut.
constexpr int kCutOff = 0;
constexpr char kVersion1[] = "version 1";
constexpr char kVersion2[] = "version 2";

// Hosts whose new version has died in service, and that have not told yet of
// the way back: what they told in the moment between comes late over a cut
// link.
int DiedServing(const v1::PlanStatus& status) {
  int hosts = 0;
  for (const v1::PlanHostStatus& host : status.hosts()) {
    const auto& generations = host.generations();
    hosts += std::any_of(generations.begin(), generations.end(),
                         [](const v1::GenerationObservation& generation) {
                           return generation.phase() == v1::FAILED_GENERATION &&
                                  generation.weight() > 0;
                         });
  }
  return hosts;
}

class Partition : public ::testing::Test {
 protected:
  // Hosts that serve version 1, each with clients of its own.
  void SetUp() override {
    auto networks = HostNetworks::Make(kHosts);
    ASSERT_TRUE(networks.ok()) << networks.status();
    networks_ = *std::move(networks);
    auto fleet = Fleet::Start(kHosts, BareAgent, networks_.get());
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    Site first(fleet_->directory(), 1);
    first.SetReady(true);
    ASSERT_TRUE(operate().Apply(first.Manifest(fleet_->port())).ok());
    auto end = operate().Follow("web", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    ASSERT_EQ(*end, End::kDone);
    for (int host = 0; host < kHosts; ++host) StartLoad(host);
    second_ = std::make_unique<Site>(fleet_->directory(), 2);
  }

  const Operator& operate() const { return fleet_->operate(); }

  void StartLoad(int host) {
    load::LoadOptions options;
    options.address = fleet_->Target(host);
    options.clients = 2;
    const HostNetworks::Visit there(*networks_, host);
    auto load = load::ConnectionLoad::Start(options);
    ASSERT_TRUE(load.ok()) << load.status();
    loads_.push_back(*std::move(load));
  }

  // Begins a rollout to version 2 and keeps record of it; returns when the
  // first host has a process that listens, and is not ready.
  void BeginSwap(absl::Duration startup_timeout, absl::Duration min_ready) {
    ManifestFields fields = second_->Fields(fleet_->port());
    fields.startup_timeout = startup_timeout;
    fields.min_ready = min_ready;
    // Longer than any cut: it runs out for a host that cannot be heard, too.
    fields.host_deadline = absl::Minutes(2);
    absl::Status applied = operate().Apply(Manifest(fields));
    ASSERT_TRUE(applied.ok()) << applied;
    auto watch =
        Process::Start(operate().CommandLine({"status", "web", "--watch", "-o",
                                              "json", "--timeout", "5m"}),
                       WatchLog());
    ASSERT_TRUE(watch.ok()) << watch.status();
    watch_ = *std::move(watch);
    ASSERT_TRUE(WaitUntil(kLimit, [this] {
      auto status = operate().Status("web");
      if (!status.ok() || status->hosts_size() != kHosts) return false;
      for (const auto& generation : status->hosts(kCutOff).generations()) {
        if (generation.phase() == v1::LISTENING) candidate_ = generation.pid();
      }
      return candidate_ > 0;
    }));
  }

  // The one whose link is cut, as the controller knows it.
  v1::Host FindHost() const {
    auto list = operate().List("hosts");
    return list.ok() && list->hosts_size() == kHosts ? list->hosts(kCutOff)
                                                     : v1::Host();
  }

  std::string WatchLog() const { return fleet_->directory() + "/watch.log"; }

  void Cut(Way way) {
    absl::Status cut = networks_->Cut(kCutOff, way);
    ASSERT_TRUE(cut.ok()) << cut;
    cut_ = clock_.Uptime();
  }

  // Returns when the controller has heard of the host again: not before.
  void Mend() {
    EXPECT_GT(FromProto(FindHost().silent_for()), (clock_.Uptime() - cut_) / 2);
    absl::Status mended = networks_->Mend(kCutOff);
    ASSERT_TRUE(mended.ok()) << mended;
    const absl::Duration since = clock_.Uptime();
    ASSERT_TRUE(WaitUntil(kLimit, [&] {
      const absl::Duration whole = clock_.Uptime() - since;
      const v1::Host host = FindHost();
      return host.connected() && FromProto(host.silent_for()) < whole;
    })) << FindHost().ShortDebugString();
    std::cout << "heard of again after " << clock_.Uptime() - since << "\n";
  }

  int64_t Answers(int host, const std::string& body) const {
    const load::LoadResult result = loads_[host]->Result();
    auto found = result.bodies().find(body);
    return found == result.bodies().end() ? 0 : found->second;
  }

  void AwaitAnswers(int host, const std::string& body) {
    const int64_t before = Answers(host, body);
    ASSERT_TRUE(
        WaitUntil(kLimit, [&] { return Answers(host, body) > before + 100; }))
        << "host " << host << ": " << loads_[host]->Result().ToJson();
  }

  // Nobody else's turn has come.
  void ExpectOthersUntouched() const {
    for (int host = 0; host < kHosts; ++host) {
      if (host == kCutOff) continue;
      EXPECT_THAT(loads_[host]->Result().bodies(), ElementsAre(Key(kVersion1)))
          << "host " << host;
    }
  }

  // All hosts serve `body`, at most `lost` requests have failed where the link
  // was cut, none elsewhere, and the rollout has kept to its limits.
  void ExpectEnd(End end, const std::string& body, int lost) {
    const std::optional<int> status = watch_->Wait(absl::Minutes(2));
    ASSERT_TRUE(status && WIFEXITED(*status)) << "the rollout does not end";
    ASSERT_EQ(WEXITSTATUS(*status), static_cast<int>(end));
    for (int host = 0; host < kHosts; ++host) {
      SCOPED_TRACE(absl::StrCat("host ", host));
      AwaitAnswers(host, body);
      loads_[host]->Stop();
      const load::LoadResult result = loads_[host]->Result();
      EXPECT_LE(result.failed(), host == kCutOff ? lost : 0) << result.ToJson();
      EXPECT_EQ(result.count(load::Outcome::kRefused), 0) << result.ToJson();
      EXPECT_EQ(result.count(load::Outcome::kTimedOut), 0) << result.ToJson();
    }
    ExpectLimitsWereKept();
  }

  void ExpectLimitsWereKept() const {
    const std::string text = PosixFileSystem().Read(WatchLog()).value_or("");
    int looks = 0;
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      // The last line may tell how it ended.
      if (!absl::StartsWith(line, "{")) continue;
      v1::PlanStatus status;
      ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(std::string(line),
                                                              &status)
                      .ok())
          << line;
      looks += status.rollout().hosts().in_change();
      EXPECT_LE(status.rollout().hosts().in_change(), 1) << line;
      EXPECT_LE(status.rollout().hosts().unavailable(), DiedServing(status))
          << line;
    }
    EXPECT_GT(looks, 0);
  }

  SystemClock clock_;
  // When the link was cut.
  absl::Duration cut_;
  std::unique_ptr<HostNetworks> networks_;
  std::unique_ptr<Fleet> fleet_;
  std::vector<std::unique_ptr<load::ConnectionLoad>> loads_;
  std::unique_ptr<Site> second_;
  std::unique_ptr<Process> watch_;
  // The process of version 2 on the first host.
  pid_t candidate_ = 0;
};

struct Loss {
  std::string name;
  Way way;
  absl::Duration duration;
};

class CutLink : public Partition, public ::testing::WithParamInterface<Loss> {};

TEST_P(CutLink, CostsNothingAndTheRolloutGoesOn) {
  ASSERT_NO_FATAL_FAILURE(
      BeginSwap(absl::Seconds(15), absl::Milliseconds(300)));
  ASSERT_NO_FATAL_FAILURE(Cut(GetParam().way));
  const absl::Duration end = clock_.Uptime() + GetParam().duration;
  // The host needs nobody for the rest of its swap.
  second_->SetReady(true);
  ASSERT_NO_FATAL_FAILURE(AwaitAnswers(kCutOff, kVersion2));
  // That the link is cut for so long is the point of this one.
  WaitUntil(GetParam().duration, [&] { return clock_.Uptime() >= end; });
  // Whose words come through can be known to be done.
  if (GetParam().way != Way::kToHost) ExpectOthersUntouched();
  ASSERT_NO_FATAL_FAILURE(Mend());
  ExpectEnd(End::kDone, kVersion2, 0);
}

std::string NameOf(const ::testing::TestParamInfo<Loss>& info) {
  return info.param.name;
}

// Shorter than it takes to notice.
INSTANTIATE_TEST_SUITE_P(Short, CutLink,
                         ::testing::Values(Loss{"Both", Way::kBoth,
                                                absl::Seconds(5)}),
                         NameOf);
// The first one is noticed by the host alone, which has something to say. The
// others take longer than either end needs to notice, the controller by a ping
// (base/grpc_settings.h), the host by its heartbeat; and less than a lease.
INSTANTIATE_TEST_SUITE_P(
    Long, CutLink,
    ::testing::Values(Loss{"Unnoticed", Way::kBoth, absl::Seconds(20)},
                      Loss{"FromHost", Way::kFromHost, absl::Seconds(45)},
                      Loss{"ToHost", Way::kToHost, absl::Seconds(45)},
                      Loss{"Both", Way::kBoth, absl::Seconds(60)}),
    NameOf);

TEST_F(Partition, ABadVersionThatIsNeverReadyIsGivenUpByTheHostAlone) {
  ASSERT_NO_FATAL_FAILURE(BeginSwap(absl::Seconds(5), absl::ZeroDuration()));
  ASSERT_NO_FATAL_FAILURE(Cut(Way::kBoth));
  ASSERT_TRUE(WaitUntil(kLimit, [this] { return kill(candidate_, 0) != 0; }));
  ASSERT_NO_FATAL_FAILURE(AwaitAnswers(kCutOff, kVersion1));
  ASSERT_NO_FATAL_FAILURE(Mend());
  ExpectEnd(End::kRolledBack, kVersion1, 0);
  ExpectOthersUntouched();
  EXPECT_EQ(Answers(kCutOff, kVersion2), 0);
}

TEST_F(Partition, ABadVersionThatDiesIsTakenBackByTheHostAlone) {
  ASSERT_NO_FATAL_FAILURE(BeginSwap(absl::Seconds(15), absl::Seconds(2)));
  ASSERT_NO_FATAL_FAILURE(Cut(Way::kBoth));
  second_->SetReady(true);
  ASSERT_NO_FATAL_FAILURE(AwaitAnswers(kCutOff, kVersion2));
  Freeze(candidate_);
  const int accepted = CountAccepted(candidate_);
  kill(candidate_, SIGKILL);
  ASSERT_NO_FATAL_FAILURE(AwaitAnswers(kCutOff, kVersion1));
  ASSERT_NO_FATAL_FAILURE(Mend());
  ExpectEnd(End::kRolledBack, kVersion1, accepted);
  ExpectOthersUntouched();
}

}  // namespace
}  // namespace rollout::e2e
