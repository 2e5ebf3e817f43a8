// SPDX-License-Identifier: Apache-2.0

#include "tests/soak/soak.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "tests/bench/swapped_service.h"
#include "tests/e2e/service_process.h"
#include "tests/load/connection_load.h"
#include "tests/soak/holdings.h"

namespace rollout::soak {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
// Of descriptors, threads, processes and the like. One that is lost in every
// swap adds up to half of the number of swaps.
constexpr double kCount = 2;
// Of memory and disk. What an allocator does not give back comes and goes by
// as much.
constexpr double kKib = 1024;

// What is held for a moment only is not held: the least of some looks counts.
constexpr int kLooks = 5;
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(10);

struct Holding {
  std::string name;
  double value;
  double allowance;
};

bool IsLog(const std::string& path) {
  return absl::EndsWith(path, ".log") || absl::StrContains(path, ".log.");
}

absl::Status AddProcess(const std::string& program, bool limited,
                        std::vector<Holding>* all) {
  ASSIGN_OR_RETURN(pid_t pid, e2e::FindProcess(program));
  const ProcessHoldings held = HoldingsOf(pid);
  const double count = limited ? kCount : kUnlimited;
  const double kib = limited ? kKib : kUnlimited;
  all->push_back({program + " descriptors", held.descriptors, count});
  all->push_back({program + " threads", held.threads, count});
  all->push_back({program + " children", held.children, count});
  all->push_back({program + " memory, KiB", held.resident_kib, kib});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Holding>> LookOnce(const std::string& directory) {
  std::vector<Holding> all;
  RETURN_IF_ERROR(AddProcess("rollout-agent", true, &all));
  RETURN_IF_ERROR(AddProcess("rollout-shim", true, &all));
  all.push_back({"processes", CountProcesses(), kCount});
  all.push_back({"control groups", CountControlGroups(), kCount});
  const std::string state = directory + "/host-0/state";
  const DiskHoldings kept =
      HoldingsOf(state, [](const std::string& path) { return !IsLog(path); });
  all.push_back({"agent's state, entries", kept.entries, kCount});
  all.push_back({"agent's state, KiB", kept.kib, kKib});
  all.push_back({"logs there, KiB", HoldingsOf(state, IsLog).kib, kUnlimited});
  RETURN_IF_ERROR(AddProcess("rollout-controller", false, &all));
  all.push_back({"controller's state, KiB",
                 HoldingsOf(directory + "/controller/data",
                            [](const std::string&) { return true; })
                     .kib,
                 kUnlimited});
  return all;
}

absl::StatusOr<std::vector<Holding>> Look(const std::string& directory) {
  ASSIGN_OR_RETURN(std::vector<Holding> least, LookOnce(directory));
  for (int i = 1; i < kLooks; ++i) {
    absl::SleepFor(kBetweenLooks);
    ASSIGN_OR_RETURN(std::vector<Holding> now, LookOnce(directory));
    for (size_t n = 0; n < least.size(); ++n) {
      least[n].value = std::min(least[n].value, now[n].value);
    }
  }
  return least;
}

void Append(std::vector<Holding> holdings, std::vector<Series>* series) {
  series->resize(holdings.size());
  for (size_t i = 0; i < holdings.size(); ++i) {
    Series& one = (*series)[i];
    one.name = std::move(holdings[i].name);
    one.allowance = holdings[i].allowance;
    one.values.push_back(holdings[i].value);
  }
}

}  // namespace

absl::StatusOr<SoakResult> Soak(const SoakOptions& options) {
  ASSIGN_OR_RETURN(auto service, bench::SwappedService::Start(options.program));
  load::LoadOptions light;
  light.address = service->Target();
  light.clients = 2;
  light.requests_per_connection = 10;
  light.think_time = absl::Milliseconds(20);
  ASSIGN_OR_RETURN(auto load, load::ConnectionLoad::Start(light));
  SoakResult result;
  for (int swap = 1; swap <= options.swaps; ++swap) {
    RETURN_IF_ERROR(service->Swap().status());
    ASSIGN_OR_RETURN(std::vector<Holding> held, Look(service->directory()));
    Append(std::move(held), &result.series);
  }
  load->Stop();
  result.load = load->Result();
  return result;
}

std::vector<std::string> Complaints(const SoakResult& result) {
  std::vector<std::string> complaints = Complaints(result.series);
  if (result.load.failed() > 0) {
    complaints.push_back(
        absl::StrCat("requests failed: ", result.load.ToJson()));
  }
  return complaints;
}

}  // namespace rollout::soak
