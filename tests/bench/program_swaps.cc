// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/program_swaps.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "tests/bench/swapped_service.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {
namespace {

// Above the numbers of swaps.
constexpr int kBareVersion = 100000;
constexpr absl::Duration kSettled = absl::Milliseconds(200);

double Milliseconds(absl::Duration duration) {
  return absl::ToDoubleMilliseconds(duration);
}

}  // namespace

void Phases::Add(const v1::SwapReport& swap) {
  const v1::SwapTimings& t = swap.timings();
  fetch.Add(FromProto(t.fetch()));
  start.Add(FromProto(t.listen()));
  ready.Add(FromProto(t.startup()) - FromProto(t.listen()));
  flip.Add(FromProto(t.flip()));
  queue.Add(FromProto(t.switchover()));
  wait.Add(FromProto(t.wait()));
  exit.Add(FromProto(t.exit()));
  total.Add(FromProto(t.total()));
  rest.Add(FromProto(t.total()) - FromProto(t.fetch()) -
           FromProto(t.startup()) - FromProto(t.wait()) - FromProto(t.exit()));
}

absl::StatusOr<ProgramFigures> MeasureProgram(const std::string& name,
                                              int swaps) {
  ASSIGN_OR_RETURN(auto service, SwappedService::Start(name));
  const int port = service->port() + 1;
  programs::BarePlace place{SwappedService::Address(), port,
                            service->directory() + "/bare"};
  std::filesystem::create_directories(place.directory);
  ProgramFigures figures;
  for (int swap = 1; swap <= swaps; ++swap) {
    ASSIGN_OR_RETURN(v1::SwapReport report, service->Swap());
    figures.phases.Add(report);
    // A version never run before, as in the swap.
    ASSIGN_OR_RETURN(programs::Version version,
                     service->MakeOther(kBareVersion + swap, port));
    programs::BareProgram bare(version, place);
    ASSIGN_OR_RETURN(absl::Duration start, bare.Start());
    figures.own_start.Add(start);
    // All of its workers shall be there, as of one that is swapped away.
    absl::SleepFor(kSettled);
    ASSIGN_OR_RETURN(absl::Duration stop, bare.Stop());
    figures.own_stop.Add(stop);
  }
  return figures;
}

std::string PhasesTitle() {
  return absl::StrFormat("%-20s%7s%7s%7s%7s%7s%7s%7s%7s%8s", "ms", "fetch",
                         "start", "ready", "flip", "queue", "wait", "exit",
                         "rest", "total");
}

std::string PhasesRow(const std::string& label, const Phases& phases,
                      double share) {
  auto of = [share](const Spread& spread) {
    return Milliseconds(spread.Quantile(share));
  };
  return absl::StrFormat("%-20s%7.1f%7.1f%7.1f%7.3f%7.1f%7.1f%7.1f%7.1f%8.1f",
                         label, of(phases.fetch), of(phases.start),
                         of(phases.ready), of(phases.flip), of(phases.queue),
                         of(phases.wait), of(phases.exit), of(phases.rest),
                         of(phases.total));
}

std::string ProgramTitle() {
  return absl::StrFormat("%s%10s%9s%9s\n", PhasesTitle(), "own start",
                         "own stop", "overhead");
}

std::string ProgramRows(const std::string& name,
                        const ProgramFigures& figures) {
  auto row = [&](const char* label, double share) {
    return absl::StrFormat(
        "%s%10.1f%9.1f",
        PhasesRow(absl::StrCat(name, ", ", label), figures.phases, share),
        Milliseconds(figures.own_start.Quantile(share)),
        Milliseconds(figures.own_stop.Quantile(share)));
  };
  // Ours: what the program's own start and stop don't explain.
  absl::Duration overhead = figures.phases.total.median() -
                            figures.own_start.median() -
                            figures.own_stop.median();
  return absl::StrFormat("%s%9.1f\n%s\n", row("median", 0.5),
                         Milliseconds(overhead), row("p90", 0.9));
}

}  // namespace rollout::bench
