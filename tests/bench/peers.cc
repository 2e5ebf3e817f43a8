// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers.h"

#include <signal.h>
#include <sys/wait.h>

#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tests/e2e/process.h"
#include "tests/load/connection_load.h"

namespace rollout::bench {
namespace {

pid_t ReadPid(const std::string& path) {
  pid_t pid = 0;
  std::ifstream(path) >> pid;
  return pid;
}

// Masters are orphans, which fall to process 1: to us.
bool HasEnded(pid_t master) {
  waitpid(master, nullptr, WNOHANG);
  return kill(master, 0) != 0;
}

// The new master has written its pid; it serves once it has workers.
bool HasWorkers(pid_t master) {
  std::ifstream file(
      absl::StrCat("/proc/", master, "/task/", master, "/children"));
  std::string children;
  std::getline(file, children);
  return !children.empty();
}

// From USR2 to the end of the old master.
absl::StatusOr<absl::Duration> UpgradeNginx(const std::string& pid_file) {
  const SystemClock clock;
  const pid_t old = ReadPid(pid_file);
  const absl::Duration began = clock.Uptime();
  kill(old, SIGUSR2);
  bool done = programs::WatchFor([&] {
    pid_t fresh = ReadPid(pid_file);
    return fresh != 0 && fresh != old && HasWorkers(fresh);
  });
  kill(old, SIGQUIT);
  done = programs::WatchFor([&] { return HasEnded(old); }) && done;
  if (!done) return absl::DeadlineExceededError("nginx does not upgrade");
  return clock.Uptime() - began;
}

}  // namespace

absl::StatusOr<OwnTimes> MeasureOwnTimes(programs::BareProgram& program,
                                         int times) {
  OwnTimes own;
  for (int i = 0; i < times; ++i) {
    ASSIGN_OR_RETURN(absl::Duration start, program.Start());
    own.start.Add(start);
    ASSIGN_OR_RETURN(absl::Duration stop, program.Stop());
    own.stop.Add(stop);
  }
  return own;
}

absl::StatusOr<load::LoadResult> LoadOverRestarts(
    programs::BareProgram& program, int times) {
  RETURN_IF_ERROR(program.Start().status());
  load::LoadOptions options;
  options.address = program.Target();
  ASSIGN_OR_RETURN(auto load, load::ConnectionLoad::Start(options));
  for (int i = 0; i < times; ++i) {
    int64_t before = load->Result().total();
    programs::WatchFor([&] { return load->Result().total() > before + 500; });
    RETURN_IF_ERROR(program.Stop().status());
    RETURN_IF_ERROR(program.Start().status());
  }
  load->Stop();
  RETURN_IF_ERROR(program.Stop().status());
  return load->Result();
}

absl::StatusOr<Spread> MeasureNginxUpgrades(const programs::BareProgram& nginx,
                                            const std::string& pid_file,
                                            int times) {
  std::vector<std::string> command = nginx.command();
  for (std::string& word : command) {
    absl::StrReplaceAll({{"daemon off;", "daemon on;"}}, &word);
  }
  ASSIGN_OR_RETURN(auto parent, e2e::Process::Start(command, nginx.log()));
  bool up = programs::WatchFor([&] {
    pid_t master = ReadPid(pid_file);
    return !parent->Running() && master != 0 && HasWorkers(master);
  });
  if (!up) return absl::UnavailableError("nginx does not start as a daemon");
  Spread upgrades;
  for (int i = 0; i < times; ++i) {
    ASSIGN_OR_RETURN(absl::Duration took, UpgradeNginx(pid_file));
    upgrades.Add(took);
  }
  const pid_t last = ReadPid(pid_file);
  kill(last, SIGQUIT);
  programs::WatchFor([last] { return HasEnded(last); });
  return upgrades;
}

}  // namespace rollout::bench
