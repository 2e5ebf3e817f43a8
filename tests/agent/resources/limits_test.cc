// SPDX-License-Identifier: Apache-2.0

#include "agent/resources/limits.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::Limits All() {
  v1::Limits limits;
  limits.set_memory_bytes(512 << 20);
  limits.set_cpu_millicores(1500);
  limits.set_pids(200);
  return limits;
}

ControllerPlace Unified() { return {true, "", ""}; }
ControllerPlace In(const std::string& holder) { return {false, holder, ""}; }

shim::v1::StartRequest Request() {
  shim::v1::StartRequest request;
  request.set_control_group("/cg/rollout-h1/web-7");
  return request;
}

// "PATH: FILE=VALUE FILE=VALUE".
std::vector<std::string> InWords(const shim::v1::StartRequest& request) {
  std::vector<std::string> words;
  for (const shim::v1::GroupLimits& limits : request.group_limits()) {
    words.push_back(absl::StrCat(limits.path(), ":"));
    for (const shim::v1::GroupSetting& setting : limits.settings()) {
      absl::StrAppend(&words.back(), " ", setting.file(), "=", setting.value());
    }
  }
  return words;
}

TEST(AddGroupLimits, WritesWhatTheHostHas) {
  auto request = Request();
  ASSERT_TRUE(AddGroupLimits(All(), {Unified(), Unified(), Unified()}, "web-7",
                             &request)
                  .ok());
  EXPECT_THAT(InWords(request),
              ElementsAre("/cg/rollout-h1/web-7: memory.max=536870912 "
                          "cpu.max=150000 100000 pids.max=200"));

  request = Request();
  ASSERT_TRUE(AddGroupLimits(All(), {In("/m/h"), In("/c/h"), In("/p/h")},
                             "web-7", &request)
                  .ok());
  EXPECT_THAT(InWords(request),
              ElementsAre("/m/h/web-7: memory.limit_in_bytes=536870912",
                          "/c/h/web-7: cpu.cfs_period_us=100000 "
                          "cpu.cfs_quota_us=150000",
                          "/p/h/web-7: pids.max=200"));

  request = Request();
  ASSERT_TRUE(
      AddGroupLimits({}, {Unified(), Unified(), Unified()}, "web-7", &request)
          .ok());
  EXPECT_THAT(InWords(request), ElementsAre());
}

TEST(AddGroupLimits, RefusesWhatTheHostCannotSet) {
  const ControllerPlace none = {false, "", "the kernel has no memory"};
  auto request = Request();
  absl::Status refused =
      AddGroupLimits(All(), {none, Unified(), Unified()}, "web-7", &request);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("spec.service.limits.memory can't be set on this "
                              "host: the kernel has no memory"),
                    HasSubstr("take it out of the plan")));
  v1::Limits without = All();
  without.clear_memory_bytes();
  EXPECT_TRUE(
      AddGroupLimits(without, {none, Unified(), Unified()}, "web-7", &request)
          .ok());
}

}  // namespace
}  // namespace rollout::agent
