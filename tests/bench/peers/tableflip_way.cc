// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/tableflip_way.h"

#include <signal.h>

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tests/bench/daemon.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {

absl::StatusOr<std::unique_ptr<Way>> TableflipWay::Start(BareSite site) {
  std::unique_ptr<TableflipWay> way(new TableflipWay(std::move(site)));
  way->pid_file_ = way->site_.place().directory + "/tableflip.pid";
  ASSIGN_OR_RETURN(
      way->first_,
      e2e::Process::Start(way->site_.Command(), way->site_.Path("server.log"),
                          PlainEnvironment()));
  const bool up = programs::WatchFor(
      [&] { return way->Serving() != 0 && Answers(way->site_); });
  if (!up) return absl::UnavailableError("tableflip_server does not serve");
  way->site_.SetServing();
  return way;
}

TableflipWay::~TableflipWay() {
  const pid_t serving = Serving();
  // Killed by its owner.
  if (first_ != nullptr && serving == first_->pid()) return;
  EndDaemon(serving, SIGTERM);
}

absl::StatusOr<absl::Time> TableflipWay::Change() {
  const pid_t old = Serving();
  const absl::Time command = SystemClock().Now();
  kill(old, SIGUSR2);
  if (!programs::WatchFor([&] { return Ended(old); })) {
    return absl::DeadlineExceededError("tableflip_server does not upgrade");
  }
  site_.SetServing();
  return command;
}

pid_t TableflipWay::Serving() const { return ReadPid(pid_file_); }

bool TableflipWay::Ended(pid_t pid) {
  return pid == first_->pid() ? !first_->Running() : HasEnded(pid);
}

}  // namespace rollout::bench
