// SPDX-License-Identifier: Apache-2.0

#include "controller/api/fleet_check.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::HostInfo Host(const std::string& name, const std::string& address,
                  const std::map<std::string, std::string>& labels) {
  v1::HostInfo host;
  host.set_name(name);
  host.set_address(address);
  host.mutable_labels()->insert(labels.begin(), labels.end());
  return host;
}

PlanUnderCheck Plan(const std::string& name, const std::string& role,
                    const std::string& address) {
  PlanUnderCheck plan;
  plan.name = name;
  if (!role.empty()) {
    (*plan.spec.mutable_hosts()->mutable_match_labels())["role"] = role;
  }
  v1::Endpoint* endpoint = plan.spec.mutable_service()->add_endpoints();
  endpoint->set_name("http");
  endpoint->set_address(address);
  return plan;
}

const std::vector<v1::HostInfo> kHosts = {
    Host("a", "10.0.0.1", {{"role", "web"}, {"zone", "x"}}),
    Host("b", "10.0.0.2", {{"role", "db"}}),
};

std::string ErrorOf(const std::vector<PlanUnderCheck>& plans) {
  auto warnings = CheckAgainstFleet(plans, kHosts);
  EXPECT_EQ(warnings.status().code(), absl::StatusCode::kFailedPrecondition);
  return std::string(warnings.status().message());
}

TEST(CheckAgainstFleet, PlansOnOtherHostsOrPortsGoTogether) {
  auto warnings = CheckAgainstFleet({Plan("one", "web", "${host.address}:80"),
                                     Plan("two", "db", "${host.address}:80"),
                                     Plan("three", "", "${host.address}:81")},
                                    kHosts);
  ASSERT_TRUE(warnings.ok()) << warnings.status();
  EXPECT_TRUE(warnings->empty());
}

TEST(CheckAgainstFleet, NamesBothPlansOfOneEndpoint) {
  std::string error = ErrorOf({Plan("one", "web", "${host.address}:80"),
                               Plan("two", "", "10.0.0.1:80")});
  EXPECT_THAT(error, HasSubstr("one"));
  EXPECT_THAT(error, HasSubstr("two"));
  EXPECT_THAT(error, HasSubstr("10.0.0.1:80"));
  EXPECT_THAT(error, HasSubstr("host a"));
}

TEST(CheckAgainstFleet, AWildcardClaimsEveryAddress) {
  ErrorOf({Plan("one", "web", "${host.address}:80"),
           Plan("two", "web", "0.0.0.0:80")});
}

TEST(CheckAgainstFleet, OneAddressInTwoSpellingsIsOne) {
  EXPECT_THAT(ErrorOf({Plan("one", "web", "[::1]:80"),
                       Plan("two", "web", "[0:0:0:0:0:0:0:1]:80")}),
              HasSubstr("both claim [::1]:80"));
}

TEST(CheckAgainstFleet, StoredPlansThatClashKeepNoOtherAway) {
  PlanUnderCheck first = Plan("first", "web", "${host.address}:80");
  PlanUnderCheck second = Plan("second", "web", "${host.address}:80");
  first.is_new = second.is_new = false;
  auto warnings = CheckAgainstFleet(
      {first, second, Plan("new", "web", "${host.address}:81")}, kHosts);
  EXPECT_TRUE(warnings.ok()) << warnings.status();
}

TEST(CheckAgainstFleet, AStoredPlanCountsToo) {
  PlanUnderCheck stored = Plan("old", "web", "${host.address}:80");
  stored.is_new = false;
  ErrorOf({Plan("new", "web", "${host.address}:80"), stored});
}

TEST(CheckAgainstFleet, NamesTheHostWithoutALabelThatIsUsed) {
  PlanUnderCheck plan = Plan("one", "", "${host.address}:80");
  plan.spec.mutable_service()->add_command("--zone=${host.labels.zone}");
  EXPECT_EQ(ErrorOf({plan}),
            "plan \"one\" uses ${host.labels.zone}, and host b has no label "
            "\"zone\": add it to that agent's configuration, or narrow "
            "spec.hosts.matchLabels");
  // The host without it is not selected.
  plan = Plan("one", "web", "${host.address}:80");
  plan.spec.mutable_service()->add_command("--zone=${host.labels.zone}");
  EXPECT_TRUE(CheckAgainstFleet({plan}, kHosts).ok());
}

TEST(CheckAgainstFleet, NamesTheHostWhereAnAddressIsNone) {
  EXPECT_THAT(ErrorOf({Plan("one", "web", "${host.labels.zone}:80")}),
              HasSubstr("endpoint \"http\" with address ${host.labels.zone}:80 "
                        "is x:80 on host a"));
}

TEST(CheckAgainstFleet, TellsTheErrorsOfAllPlansWithTheirPlaces) {
  PlanUnderCheck one = Plan("one", "web", "${host.address}");
  one.place = "one.yaml:1:1";
  PlanUnderCheck two = Plan("two", "db", "${host.address}:80");
  two.place = "all.yaml:20:1";
  const PlanUnderCheck three = Plan("three", "db", "${host.address}:80");
  const std::string error = ErrorOf({one, two, three});
  EXPECT_THAT(error, HasSubstr("one.yaml:1:1: plan \"one\": endpoint"));
  EXPECT_THAT(error, HasSubstr("\nall.yaml:20:1: plans three and two both"));
}

TEST(CheckAgainstFleet, WarnsOfAPlanWithoutHosts) {
  auto warnings =
      CheckAgainstFleet({Plan("one", "nobody", "${host.address}:80")}, kHosts);
  ASSERT_TRUE(warnings.ok());
  EXPECT_THAT(warnings->at("one"),
              ElementsAre("no host matches spec.hosts.matchLabels "
                          "(role=nobody) now: the rollout waits for one"));
}

// 2 hosts: 50% and 100% of them are 1 and 2.
TEST(CheckAgainstFleet, ASharingStepTakesNoMoreHostsThanMayBeInChange) {
  struct Case {
    int hosts;
    int weight;
    int surge_percent;
    bool ok;
  };
  const Case kCases[] = {
      {1, 50, 50, true},
      {2, 50, 50, false},
      {2, 50, 100, true},
      // They don't share: they change one after the other.
      {2, 1000, 50, true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.hosts, " hosts, maxSurge ", c.surge_percent));
    PlanUnderCheck plan = Plan("one", "", "${host.address}:80");
    v1::Strategy* strategy = plan.spec.mutable_strategy();
    strategy->mutable_max_surge()->set_percent(c.surge_percent);
    v1::CanaryStep* step = strategy->add_steps();
    step->mutable_hosts()->set_count(c.hosts);
    step->set_weight(c.weight);
    if (c.ok) {
      auto warnings = CheckAgainstFleet({plan}, kHosts);
      EXPECT_TRUE(warnings.ok()) << warnings.status();
    } else {
      EXPECT_THAT(ErrorOf({plan}),
                  HasSubstr("spec.strategy.steps[0].hosts is 2 of the 2 hosts "
                            "it selects, with 5% of their connections, and "
                            "maxSurge is 1 of them"));
    }
    // What stays as it is was accepted once.
    plan.has_new_steps = false;
    EXPECT_TRUE(CheckAgainstFleet({plan}, kHosts).ok());
  }
}

}  // namespace
}  // namespace rollout::api
