// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/process_tree.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

constexpr pid_t kShim = 100;

TEST(ShareOutProcesses, GivesEachTreeToItsGeneration) {
  // pid, parent, session
  const std::vector<ProcessEntry> processes = {
      {1, 0, 1, 0},       {kShim, 1, kShim, 0},
      {10, kShim, 10, 0},  // main of generation 1
      {11, 10, 10, 0},     // its child
      {12, 11, 12, 0},     // a grandchild in its own session
      {13, kShim, 10, 0},  // orphan, still in the session of 1
      {14, kShim, 14, 0},  // daemon with its environment
      {15, 14, 14, 0},     // its child
      {16, kShim, 16, 0},  // daemon that wiped it
      {20, kShim, 20, 0},  // main of generation 2
      {30, 1, 10, 0},      // session number of 1, but none of the shim's
  };
  auto has_environment = [](pid_t pid, const std::string& variable) {
    return pid == 14 && variable == "N=1";
  };
  auto pids = [&](const std::vector<TreeRoot>& roots, uint64_t generation) {
    std::set<pid_t> result;
    ProcessTrees trees =
        ShareOutProcesses(processes, {kShim}, roots, has_environment);
    for (const ProcessEntry& entry : trees[generation]) {
      result.insert(entry.pid);
    }
    return result;
  };
  struct Case {
    const char* name;
    std::vector<TreeRoot> roots;
    std::set<pid_t> first, second;
  };
  const Case kCases[] = {
      {"two live",
       {{1, 10, "N=1"}, {2, 20, "N=2"}},
       {10, 11, 12, 13, 14, 15},
       {20}},
      {"only the second: what nobody else can own is its",
       {{2, 20, "N=2"}},
       {},
       {10, 11, 12, 13, 14, 15, 16, 20}},
      {"none", {}, {}, {}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(pids(c.roots, 1), c.first);
    EXPECT_EQ(pids(c.roots, 2), c.second);
  }
}

TEST(ShareOutProcesses, EndsWhereAListingClosesACircle) {
  const std::vector<ProcessEntry> processes = {
      {10, kShim, 10, 0}, {11, 12, 10, 0}, {12, 11, 10, 0}, {12, 10, 10, 0}};
  ProcessTrees trees =
      ShareOutProcesses(processes, {kShim}, {{1, 10, ""}},
                        [](pid_t, const std::string&) { return false; });
  EXPECT_GE(trees[1].size(), 3u);
}

}  // namespace
}  // namespace rollout::shim
