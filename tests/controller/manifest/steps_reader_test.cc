// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/steps_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/manifest/manifest_text.h"

namespace rollout::manifest {
namespace {

using ::testing::HasSubstr;

TEST(ReadSteps, NamesWhatIsWrong) {
  struct Case {
    const char* name;
    const char* steps;
    const char* error;
    const char* from = "nothing of this";
    const char* to = "";
  };
  const Case kCases[] = {
      {"no hosts", "[{weight: 5%}]", "steps[0].hosts: is missing"},
      {"zero hosts", "[{hosts: 0}]",
       "steps[0].hosts: 0: a step takes at least 1 host"},
      {"weight over 100 %", "[{hosts: 1, weight: 101%}]",
       "steps[0].weight: \"101%\" is no share of the connections"},
      {"weight 0", "[{hosts: 1, weight: 0%}]", "give 0.1% to 100%"},
      {"finer than can be", "[{hosts: 1, weight: 0.05%}]", "steps of 0.1%"},
      {"no percent", "[{hosts: 1, weight: 5}]", "\"5\" is no share"},
      {"no number", "[{hosts: 1, weight: -5%}]", "\"-5%\" is no share"},
      {"hosts fall", "[{hosts: 2}, {hosts: 1}]",
       "steps[1].hosts: falls from 2 to 1"},
      {"shares of hosts fall", "[{hosts: 20%}, {hosts: 10%}]",
       "steps[1].hosts: falls from 20% to 10%"},
      {"weights fall", "[{hosts: 1, weight: 50%}, {hosts: 1, weight: 5.5%}]",
       "steps[1].weight: falls from 50% to 5.5%"},
      {"shares on more hosts than may be in change", "[{hosts: 2, weight: 5%}]",
       "steps[0].hosts: a host that shares its connections is in change, and 2 "
       "is more than maxSurge (1)"},
      {"nobody's approval", "[{hosts: 1, approval: yes}]",
       "\"yes\" is none of"},
      {"bake without a unit", "[{hosts: 1, bake: 5}]", "expected a duration"},
      {"unknown key", "[{hosts: 1, pause: 5m}]", "unknown key \"pause\""},
      {"a share of a Unix socket", "[{hosts: 1, weight: 5%}]",
       "endpoint \"http\" is a Unix socket", "127.0.0.1:8080",
       "unix:/run/web.sock"},
      {"a share with exclusive", "[{hosts: 1, weight: 5%}]",
       "with handover exclusive one version has all",
       "    endpoints:", "    handover: exclusive\n    endpoints:"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto plans = Parse(absl::StrReplaceAll(
        absl::StrCat(Smallest(), "    steps: ", c.steps, "\n"),
        {{c.from, c.to}}));
    EXPECT_THAT(plans.status().message(), HasSubstr(c.error));
  }
}

}  // namespace
}  // namespace rollout::manifest
