// SPDX-License-Identifier: Apache-2.0

#include "agent/resources/usage.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "base/proto_time.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

TEST(AddFigure, ReadsBothVersions) {
  struct Case {
    const char* file;
    const char* content;
    const char* usage;
  };
  const Case kCases[] = {
      {"cpu.stat", "usage_usec 1500000\nuser_usec 1\nsystem_usec 2\n",
       "cpu_time { seconds: 1 nanos: 500000000 }"},
      {"cpu.stat", "nr_periods 4\nnr_throttled 0\nthrottled_time 0\n", ""},
      {"cpuacct.usage", "2000000001\n", "cpu_time { seconds: 2 nanos: 1 }"},
      {"memory.current", "4096\n", "memory_bytes: 4096"},
      {"memory.usage_in_bytes", "4096\n", "memory_bytes: 4096"},
      {"memory.peak", "8192\n", "peak_memory_bytes: 8192"},
      {"memory.max_usage_in_bytes", "8192\n", "peak_memory_bytes: 8192"},
      {"memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\n",
       "oom_kills: 1"},
      {"memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
       "oom_kills: 3"},
      {"memory.peak", "a lot\n", ""},
      {"memory.peak", "", ""},
      {"memory.swap.peak", "1\n", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.file);
    v1::ResourceUsage usage;
    AddFigure(c.file, c.content, &usage);
    EXPECT_EQ(usage.ShortDebugString(), c.usage);
  }
}

TEST(MergeUsage, KeepsPeaksAndWhatIsNotToldAgain) {
  v1::ResourceUsage known, now;
  now.set_memory_bytes(500);
  now.set_processes(3);
  MergeUsage(now, &known);
  EXPECT_EQ(known.peak_memory_bytes(), 500u);
  now.Clear();
  now.set_memory_bytes(200);
  now.set_oom_kills(1);
  MergeUsage(now, &known);
  EXPECT_EQ(known.memory_bytes(), 200u);
  EXPECT_EQ(known.peak_memory_bytes(), 500u);
  EXPECT_EQ(known.processes(), 3u);
  EXPECT_EQ(known.oom_kills(), 1u);
}

TEST(ReadUsage, AddsUpTheProcessesWhereNoGroupTells) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  constexpr size_t kBytes = 64 << 20;
  const pid_t main = fork();
  if (main == 0) {
    const pid_t child = fork();
    void* block = child == 0 ? malloc(kBytes) : nullptr;
    if (block != nullptr) {
      memset(block, 1, kBytes);
      for (volatile int turn = 0; turn < 100000000; turn = turn + 1) {
      }
      if (write(ready[1], "r", 1) != 1) _exit(1);
    }
    for (;;) pause();
  }
  char word;
  ASSERT_EQ(read(ready[0], &word, 1), 1);
  PosixFileSystem files;
  const v1::ResourceUsage usage = ReadUsage(files, main, "no-group-of-ours");
  EXPECT_EQ(usage.processes(), 2u) << usage.DebugString();
  EXPECT_EQ(usage.threads(), 2u);
  EXPECT_GE(usage.descriptors(), 8u);
  EXPECT_GE(usage.memory_bytes(), kBytes);
  EXPECT_LT(usage.memory_bytes(), 2 * kBytes);
  EXPECT_GT(FromProto(usage.cpu_time()), absl::Milliseconds(10));
  const std::string children =
      files.Read(absl::StrCat("/proc/", main, "/task/", main, "/children"))
          .value_or("");
  kill(atoi(children.c_str()), SIGKILL);
  kill(main, SIGKILL);
  waitpid(main, nullptr, 0);
  EXPECT_EQ(ReadUsage(files, main, "x").ShortDebugString(), "");
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace rollout::agent
