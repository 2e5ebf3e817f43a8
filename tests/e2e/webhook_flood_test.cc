// SPDX-License-Identifier: Apache-2.0
//
// A forge that tells ten thousand times of one push, as whole controllers meet
// it: two fetches, and no memory.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "tests/bench/fleet/process_cost.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/forge.h"
#include "tests/e2e/git_remote.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"

namespace rollout::e2e {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(60);
constexpr char kSecret[] = "a secret of the forge";
constexpr int kHooks = 10000;
// As GitHub's are: the commits, the repository, its owner.
constexpr size_t kHookBytes = 20000;
// How long a hint waits after one that found nothing: source_loop.cc.
constexpr absl::Duration kVainHintGap = absl::Seconds(10);
// Kept, the hooks would take 200 MB.
constexpr int64_t kMostGrowth = 24 << 20;

class WebhookFlood : public ::testing::Test {
 protected:
  void SetUp() override {
    auto fleet = Fleet::Start(1);
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = *std::move(fleet);
    auto remote = GitRemote::Make(fleet_->directory(), Transport::kFile);
    ASSERT_TRUE(remote.ok()) << remote.status();
    remote_ = std::make_unique<GitRemote>(*std::move(remote));
    const std::string secret = fleet_->directory() + "/webhook-secret";
    ASSERT_TRUE(files_.WriteAtomically(secret, kSecret).ok());
    ASSERT_NO_FATAL_FAILURE(Push(1));
    ASSERT_TRUE(
        fleet_
            ->Reconfigure(absl::StrCat(
                "sources:\n- name: prod\n", remote_->settings(),
                "  interval: 1h\n  webhook: {secretFile: ", secret, "}\n"))
            .ok());
    ASSERT_TRUE(IsDone(1));
  }

  void Push(int version) {
    Site site(fleet_->directory(), version);
    site.SetReady(true);
    auto pushed = remote_->Push({{"web.yaml", site.Manifest(fleet_->port())}},
                                absl::StrCat("Version ", version));
    ASSERT_TRUE(pushed.ok()) << pushed.status();
  }

  bool IsDone(int rollout) {
    return WaitUntil(kLimit, [&] {
      auto status = fleet_->operate().Status("web");
      return status.ok() && status->rollout().number() == rollout &&
             status->rollout().phase() == v1::COMPLETE;
    });
  }

  // Looks at the repository so far, whatever came of them.
  int Passes() {
    httplib::Client client("http://" + fleet_->http_address());
    auto page = client.Get("/metrics");
    if (!page) return -1;
    double passes = 0;
    for (absl::string_view line : absl::StrSplit(page->body, '\n')) {
      if (!absl::StartsWith(line, "rollout_source_passes_total{")) continue;
      double value = 0;
      EXPECT_TRUE(absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value));
      passes += value;
    }
    return static_cast<int>(passes);
  }

  int64_t Memory() {
    auto cost = bench::CostOf(fleet_->controller().pid());
    EXPECT_TRUE(cost.ok()) << cost.status();
    return cost.ok() ? cost->resident : 0;
  }

  SystemClock clock_;
  PosixFileSystem files_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<GitRemote> remote_;
};

TEST_F(WebhookFlood, IsTwoFetchesAndNoMemory) {
  const Forge forge(fleet_->http_address(), kSecret);
  const int passes_before = Passes();
  ASSERT_GE(passes_before, 1);
  const int64_t memory_before = Memory();
  ASSERT_NO_FATAL_FAILURE(Push(2));
  const absl::Duration begin = clock_.Uptime();
  EXPECT_EQ(forge.TellOften(kHooks, kHookBytes), kHooks);
  const absl::Duration took = clock_.Uptime() - begin;
  const int passes = Passes() - passes_before;
  const int64_t growth = Memory() - memory_before;
  // One that finds the commit, one that finds nothing more; on a machine that
  // needs longer for so many, one more every 10 s.
  EXPECT_GE(passes, 1);
  EXPECT_LE(passes, 2 + took / kVainHintGap);
  EXPECT_LT(growth, kMostGrowth);
  RecordProperty("milliseconds", absl::ToInt64Milliseconds(took));
  RecordProperty("passes", passes);
  RecordProperty("growth_bytes", growth);
  EXPECT_TRUE(IsDone(2));
}

}  // namespace
}  // namespace rollout::e2e
