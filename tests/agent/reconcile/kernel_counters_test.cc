// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/kernel_counters.h"

#include "base/file_system.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

TEST(AddKernelCounters, FindsThemByName) {
  v1::KernelCounters counters;
  AddKernelCounters(
      "Ip: Forwarding AttemptFails\nIp: 2 64\n"
      "Tcp: RtoAlgorithm MaxConn AttemptFails EstabResets OutRsts\n"
      "Tcp: 1 -1 7 8 9\n",
      &counters);
  AddKernelCounters(
      "TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPMigrateReqSuccess "
      "TCPMigrateReqFailure\n"
      "TcpExt: 1 2 18446744073709551615 4 5\n",
      &counters);
  EXPECT_EQ(counters.attempt_fails(), 7u);
  EXPECT_EQ(counters.estab_resets(), 8u);
  EXPECT_EQ(counters.out_resets(), 9u);
  EXPECT_EQ(counters.listen_overflows(), 2u);
  EXPECT_EQ(counters.listen_drops(), 18446744073709551615u);
  EXPECT_EQ(counters.migrated(), 4u);
  EXPECT_EQ(counters.migrations_failed(), 5u);
}

TEST(AddKernelCounters, LeavesOutWhatIsNotThere) {
  for (const char* text :
       {"", "TcpExt: ListenDrops",
        "TcpExt: ListenDrops\nTcpExt:", "TcpExt: ListenDrops\nTcpExt: many\n",
        "\n\n\n", "TcpExt: SyncookiesSent\nTcpExt: 1\n"}) {
    SCOPED_TRACE(text);
    v1::KernelCounters counters;
    AddKernelCounters(text, &counters);
    EXPECT_EQ(counters.ByteSizeLong(), 0u);
  }
}

TEST(ReadKernelCounters, ReadsThisKernels) {
  PosixFileSystem files;
  const v1::KernelCounters counters = ReadKernelCounters(files);
  EXPECT_TRUE(counters.has_listen_drops());
  EXPECT_TRUE(counters.has_estab_resets());
}

}  // namespace
}  // namespace rollout::agent
