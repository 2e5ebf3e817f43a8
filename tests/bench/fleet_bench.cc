// SPDX-License-Identifier: Apache-2.0
//
// bazel run //tests/bench:fleet_bench [-- --hosts=100,1000,10000]
//
// What a fleet costs the controller, next to a gRPC server that does nothing:
// simulated agents in one process, over real gRPC and TLS, against the real
// controller in another. As root; some minutes, and best on a quiet machine.

#include <sys/mman.h>
#include <sys/resource.h>

#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/fleet/fleet_figures.h"
#include "tests/bench/fleet/fleet_measurement.h"
#include "tests/bench/fleet/line_channel.h"
#include "tests/e2e/isolation.h"

ABSL_FLAG(std::vector<std::string>, hosts,
          (std::vector<std::string>{"100", "1000", "10000"}),
          "sizes of the fleet, one after the other");

namespace rollout::bench {
namespace {

// A connection is a descriptor at each end, and its process inherits the limit.
void RaiseDescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// One size after the other, each in a process of its own: a namespace and
// forked processes are to be had before there are threads.
bool Measure(FleetFigures* shared) {
  auto process = ForkedProcess::Start([shared](LineChannel& channel) {
    const int status = e2e::RunIsolated([shared] {
      absl::Status measured = MeasureFleet(shared);
      if (!measured.ok()) std::cerr << "fleet_bench: " << measured << "\n";
      return measured.ok() ? 0 : 1;
    });
    (void)channel.Send(status == 0 ? "done" : "error");
  });
  if (!process.ok()) return false;
  auto answer = (*process)->channel().Receive();
  return answer.ok() && *answer == "done";
}

int Main() {
  RaiseDescriptorLimit();
  void* memory = mmap(nullptr, sizeof(FleetFigures), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  std::vector<FleetFigures> sizes;
  for (const std::string& size : absl::GetFlag(FLAGS_hosts)) {
    auto* shared = new (memory) FleetFigures();
    if (!absl::SimpleAtoi(size, &shared->hosts) || shared->hosts < 20) {
      std::cerr << "fleet_bench: --hosts=" << size
                << " is not a number of at least 20\n";
      return 1;
    }
    if (!Measure(shared)) return 1;
    sizes.push_back(*shared);
    std::cout << FleetTable(sizes) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace rollout::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Measures what a fleet costs the controller. As root.\n"
      "  fleet_bench [--hosts=100,1000,10000]");
  absl::ParseCommandLine(argc, argv);
  return rollout::bench::Main();
}
