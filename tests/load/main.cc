// SPDX-License-Identifier: Apache-2.0
//
// load --address=127.0.1.1:8080 [--clients=8] [--duration=10s] [--output=FILE]
//
// Runs until the time is over or SIGTERM or SIGINT comes, then writes what it
// has counted as JSON. Exit status 0: no request failed; 2: some did.

#include <errno.h>
#include <signal.h>
#include <time.h>

#include <fstream>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/load/connection_load.h"

ABSL_FLAG(std::string, address, "", "whom to ask, as IPV4:PORT or unix:PATH");
ABSL_FLAG(std::string, path, "/", "what to ask for");
ABSL_FLAG(int, clients, 8, "how many ask at once");
ABSL_FLAG(int, requests_per_connection, 1, "how many on each connection");
ABSL_FLAG(absl::Duration, think_time, absl::ZeroDuration(),
          "longest time between two requests of a connection");
ABSL_FLAG(absl::Duration, pause, absl::ZeroDuration(),
          "longest pause between the connections of a client");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(10),
          "how long an answer may take");
ABSL_FLAG(absl::Duration, duration, absl::InfiniteDuration(),
          "how long to go on; without it: until SIGTERM");
ABSL_FLAG(std::string, output, "",
          "file to write the result to; without it: standard output");

namespace {

// Blocks until a signal of `set` comes or `duration` is over.
void WaitForSignal(const sigset_t& set, absl::Duration duration) {
  if (duration == absl::InfiniteDuration()) {
    int signal;
    sigwait(&set, &signal);
    return;
  }
  absl::Time end = absl::Now() + duration;
  for (;;) {
    timespec left = absl::ToTimespec(end - absl::Now());
    if (absl::Now() >= end) return;
    if (sigtimedwait(&set, nullptr, &left) > 0 || errno == EAGAIN) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Asks an HTTP server again and again, one connection a request by "
      "default, and counts what fails.");
  absl::ParseCommandLine(argc, argv);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  // Before any thread is there: all of them inherit it.
  pthread_sigmask(SIG_BLOCK, &set, nullptr);

  rollout::load::LoadOptions options;
  options.address = absl::GetFlag(FLAGS_address);
  options.protocol = rollout::load::Http(absl::GetFlag(FLAGS_path));
  options.clients = absl::GetFlag(FLAGS_clients);
  options.timeout = absl::GetFlag(FLAGS_timeout);
  options.requests_per_connection =
      absl::GetFlag(FLAGS_requests_per_connection);
  options.think_time = absl::GetFlag(FLAGS_think_time);
  options.pause = absl::GetFlag(FLAGS_pause);
  auto load = rollout::load::ConnectionLoad::Start(options);
  if (!load.ok()) {
    std::cerr << "load: --address: " << load.status().message() << "\n";
    return 1;
  }
  WaitForSignal(set, absl::GetFlag(FLAGS_duration));
  (*load)->Stop();

  rollout::load::LoadResult result = (*load)->Result();
  std::string output = absl::GetFlag(FLAGS_output);
  if (output.empty()) {
    std::cout << result.ToJson() << "\n";
  } else {
    std::ofstream file(output);
    file << result.ToJson() << "\n";
    if (!file.flush()) {
      std::cerr << "load: --output: cannot write " << output << "\n";
      return 1;
    }
  }
  return result.failed() == 0 ? 0 : 2;
}
