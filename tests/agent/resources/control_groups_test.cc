// SPDX-License-Identifier: Apache-2.0

#include "agent/resources/control_groups.h"

#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

TEST(ControlGroupOf, IsWhereItsHierarchyIsMounted) {
  struct Case {
    const char* name;
    const char* mounts;
    const char* groups;
    const char* path;
    const char* controller = "";
  };
  constexpr char kUnified[] =
      "24 18 0:21 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
      "25 18 0:22 / /tmp rw - tmpfs tmpfs rw\n";
  constexpr char kHybrid[] =
      "24 18 0:21 / /sys/fs/cgroup/pids rw shared:9 - cgroup cgroup rw,pids\n"
      "25 18 0:22 / /sys/fs/cgroup/unified rw shared:8 - cgroup2 cgroup2 rw\n";
  constexpr char kPart[] =
      "24 18 0:21 /a/b /cg rw,nosuid - cgroup2 cgroup2 rw\n";
  const Case kCases[] = {
      {"a unit of systemd", kUnified,
       "0::/system.slice/rollout-agent.service\n",
       "/sys/fs/cgroup/system.slice/rollout-agent.service"},
      {"the first group of all", kUnified, "0::/\n", "/sys/fs/cgroup"},
      {"both versions", kHybrid, "9:pids:/p\n0::/u\n",
       "/sys/fs/cgroup/unified/u"},
      {"a part is mounted", kPart, "0::/a/b/c\n", "/cg/c"},
      {"another part is mounted", kPart, "0::/a/bc\n", nullptr},
      {"version one only",
       "24 18 0:21 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n",
       "9:pids:/p\n0::/\n", nullptr},
      {"a kernel without it", "", "", nullptr},
      {"the root of a mounted part", kPart, "0::/a/b\n", "/cg"},
      {"of version one", kHybrid, "9:pids:/p\n0::/u\n", "/sys/fs/cgroup/pids/p",
       "pids"},
      {"two controllers of version one in one hierarchy",
       "24 18 0:21 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup "
       "rw,cpu,cpuacct\n",
       "3:cpu,cpuacct:/user.slice\n", "/sys/fs/cgroup/cpu,cpuacct/user.slice",
       "cpu"},
      {"a controller that version two has", kHybrid, "9:pids:/p\n0::/u\n",
       nullptr, "memory"},
      {"part of a controller's name", kHybrid, "9:pids:/p\n", nullptr, "pid"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto path = ControlGroupOf({c.groups, c.mounts}, c.controller);
    if (c.path == nullptr) {
      EXPECT_EQ(path.status().code(), absl::StatusCode::kNotFound);
    } else {
      ASSERT_TRUE(path.ok()) << path.status();
      EXPECT_EQ(*path, c.path);
    }
  }
}

}  // namespace
}  // namespace rollout::agent
