// SPDX-License-Identifier: Apache-2.0
//
// The check of no_failure_test can fail: a listener closed with a full queue,
// as every restart without Rollout does it, is noticed.

#include <signal.h>
#include <sys/socket.h>

#include <fstream>

#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/continuity.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/service_process.h"
#include "tests/e2e/site.h"
#include "tests/e2e/wait_until.h"
#include "tests/load/connection_load.h"

namespace rollout::e2e {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr absl::Duration kLimit = absl::Seconds(30);

// The main process of the one generation; 0: it is not there.
pid_t ServingPid(const Operator& operate) {
  auto status = operate.Status("web");
  if (!status.ok() || status->hosts().empty() ||
      status->hosts(0).generations().empty()) {
    return 0;
  }
  return status->hosts(0).generations(0).pid();
}

TEST(PlantedFault, AListenerClosedWithAFullQueueIsNoticed) {
  auto fleet = Fleet::Start(1);
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  const Operator& operate = (*fleet)->operate();
  Site site((*fleet)->directory(), 1);
  site.SetReady(true);
  absl::Status applied = operate.Apply(site.Manifest((*fleet)->port()));
  ASSERT_TRUE(applied.ok()) << applied;
  auto end = operate.Follow("web", kLimit);
  ASSERT_TRUE(end.ok()) << end.status();
  ASSERT_EQ(*end, End::kDone);
  load::LoadOptions options;
  options.address = (*fleet)->Target(0);
  auto load = load::ConnectionLoad::Start(options);
  ASSERT_TRUE(load.ok()) << load.status();
  ASSERT_TRUE(
      WaitUntil(kLimit, [&] { return (*load)->Result().total() > 500; }));
  ASSERT_THAT(Complaints((*load)->Result(), {}), IsEmpty());

  // What the agent has set, and what would move the queue to a live listener.
  std::ofstream("/proc/sys/net/ipv4/tcp_migrate_req") << "0" << std::flush;
  pid_t pid = ServingPid(operate);
  ASSERT_GT(pid, 0);
  UniqueFd listener = TakeListener(pid);
  ASSERT_TRUE(listener.valid());
  kill(pid, SIGSTOP);
  EXPECT_TRUE(WaitUntil(
      kLimit, [&] { return Queued(listener.get()) >= options.clients / 2; }));
  EXPECT_EQ(shutdown(listener.get(), SHUT_RDWR), 0);
  kill(pid, SIGCONT);
  EXPECT_TRUE(
      WaitUntil(kLimit, [&] { return (*load)->Result().failed() > 0; }));
  (*load)->Stop();
  EXPECT_THAT(Complaints((*load)->Result(), {}),
              Contains(StartsWith("reset: ")))
      << (*load)->Result().ToJson();
}

}  // namespace
}  // namespace rollout::e2e
