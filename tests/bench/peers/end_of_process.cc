// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/end_of_process.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/unique_fd.h"

namespace rollout::bench {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(30);

absl::StatusOr<absl::Time> AwaitEnd(int process, pid_t pid) {
  const SystemClock clock;
  const absl::Duration end = clock.Uptime() + kLimit;
  pollfd waiting{process, POLLIN, 0};
  for (;;) {
    const absl::Duration left = end - clock.Uptime();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(
          absl::StrCat("process ", pid, " of the old version does not end"));
    }
    if (poll(&waiting, 1, absl::ToInt64Milliseconds(left) + 1) > 0) {
      return clock.Now();
    }
  }
}

}  // namespace

absl::StatusOr<EndOfProcess> EndOfProcess::Watch(pid_t pid) {
  auto process =
      std::make_shared<UniqueFd>(syscall(SYS_pidfd_open, pid, /*flags=*/0));
  if (!process->valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("watch process ", pid));
  }
  return EndOfProcess(std::async(std::launch::async, [process, pid] {
    return AwaitEnd(process->get(), pid);
  }));
}

}  // namespace rollout::bench
