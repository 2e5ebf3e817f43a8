// SPDX-License-Identifier: Apache-2.0
//
// The limits of a rollout, seen from outside at every observation and every
// decision of a whole fleet.

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/fleet/fleet_in_process.h"

namespace rollout {
namespace {

struct Strategy {
  std::string max_surge = "1";
  std::string max_unavailable = "0";
  std::string max_overlap = "100%";
  std::string keep_warm = "10m";
};

std::string Manifest(int version, const Strategy& strategy) {
  return absl::StrReplaceAll(
      R"(apiVersion: rollout/v1
kind: Plan
metadata: {name: web}
spec:
  hosts: {matchLabels: {role: web}}
  service:
    artifact: {url: "file:///srv/app", sha256: "DIGEST"}
    command: ["${artifact}"]
    environment: {VERSION: "VERSION_NUMBER"}
    endpoints: [{name: http, address: "${host.address}:8080"}]
    readiness: {tcp: {}, period: 1s}
    startupTimeout: 10s
  strategy:
    maxSurge: SURGE
    maxUnavailable: UNAVAILABLE
    maxOverlap: OVERLAP
    minReady: 30ms
    hostDeadline: 20s
    progressDeadline: 30s
    keepWarm: WARM
)",
      {{"DIGEST", std::string(64, 'a')},
       {"VERSION_NUMBER", absl::StrCat(version)},
       {"SURGE", strategy.max_surge},
       {"UNAVAILABLE", strategy.max_unavailable},
       {"OVERLAP", strategy.max_overlap},
       {"WARM", strategy.keep_warm}});
}

TEST(Limits, HoldAtEveryObservation) {
  struct Case {
    const char* name;
    int hosts;
    Strategy strategy;
    int surge, overlap;  // in hosts
  };
  const Case kCases[] = {
      {"3 hosts, one at a time", 3, {"1", "0", "100%", "10m"}, 1, 3},
      {"30 hosts, one at a time", 30, {"1", "0", "100%", "10m"}, 1, 30},
      {"25 % of 30 is 7.5, up to 8", 30, {"25%", "0", "100%", "10m"}, 8, 30},
      {"at most 4 overlap: the oldest warm one is ended first",
       30,
       {"3", "0", "4", "10m"},
       3,
       4},
      {"overlap below surge", 30, {"10", "0", "2", "10m"}, 10, 2},
      {"nothing kept warm", 30, {"5", "0", "100%", "0s"}, 5, 30},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    FleetInProcess fleet(c.hosts);
    ASSERT_EQ(fleet.Apply(Manifest(1, c.strategy)), 1);
    ASSERT_EQ(fleet.WaitUntilOver(), v1::COMPLETE);
    fleet.BeginWatching();
    ASSERT_EQ(fleet.Apply(Manifest(2, c.strategy)), 2);
    ASSERT_EQ(fleet.WaitUntilOver(), v1::COMPLETE);
    Extremes seen = fleet.Seen();
    std::printf(
        "%s: %d looks, at most %d in change, %d overlapping, at least "
        "%d of %d serving\n",
        c.name, seen.looks, seen.in_change, seen.overlapping,
        seen.fewest_serving, c.hosts);
    EXPECT_LE(seen.in_change, c.surge);
    EXPECT_GE(seen.in_change, 1);
    EXPECT_LE(seen.overlapping, c.overlap);
    EXPECT_EQ(seen.fewest_serving, c.hosts);
    EXPECT_GT(seen.looks, c.hosts);
  }
}

TEST(Limits, HoldInARollback) {
  FleetInProcess fleet(30);
  const Strategy strategy{"4", "0", "100%", "10m"};
  fleet.Apply(Manifest(1, strategy));
  ASSERT_EQ(fleet.WaitUntilOver(), v1::COMPLETE);
  // The last host it comes to finds out that the new revision is bad.
  fleet.probes(29).SetDefault(false);
  fleet.BeginWatching();
  const std::string bad =
      absl::StrReplaceAll(Manifest(2, strategy),
                          {{"startupTimeout: 10s", "startupTimeout: 200ms"}});
  fleet.Apply(bad);
  EXPECT_EQ(fleet.WaitUntilOver(), v1::ROLLED_BACK);
  Extremes seen = fleet.Seen();
  EXPECT_LE(seen.in_change, 4);
  EXPECT_EQ(seen.fewest_serving, 30);
  v1::PlanStatus status = fleet.Status();
  for (const v1::PlanHostStatus& host : status.hosts()) {
    SCOPED_TRACE(host.host());
    ASSERT_GE(host.generations_size(), 1);
    EXPECT_EQ(host.generations(0).revision(), status.stable_revision());
    EXPECT_EQ(host.generations(0).weight(), 1000u);
  }
}

}  // namespace
}  // namespace rollout
