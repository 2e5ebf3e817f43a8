// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/program_swaps.h"

#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "tests/e2e/continuity.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/manifest.h"
#include "tests/programs/program.h"

namespace rollout::bench {
namespace {

constexpr int kOwnTimes = 10;
constexpr absl::Duration kRolloutLimit = absl::Seconds(60);

absl::Status RollOut(const e2e::Fleet& fleet,
                     const programs::Version& version) {
  e2e::ManifestFields fields;
  fields.version = version;
  fields.port = fleet.port();
  RETURN_IF_ERROR(fleet.operate().Apply(e2e::Manifest(fields)));
  ASSIGN_OR_RETURN(e2e::End end, fleet.operate().Follow("web", kRolloutLimit));
  if (end == e2e::End::kDone) return absl::OkStatus();
  return absl::InternalError("the rollout did not end well");
}

double Milliseconds(absl::Duration duration) {
  return absl::ToDoubleMilliseconds(duration);
}

}  // namespace

Phases PhasesOf(const std::vector<v1::SwapReport>& swaps) {
  Phases phases;
  for (const v1::SwapReport& swap : swaps) {
    const v1::SwapTimings& t = swap.timings();
    phases.fetch.Add(FromProto(t.fetch()));
    phases.start.Add(FromProto(t.listen()));
    phases.ready.Add(FromProto(t.startup()) - FromProto(t.listen()));
    phases.flip.Add(FromProto(t.flip()));
    phases.queue.Add(FromProto(t.switchover()));
    phases.wait.Add(FromProto(t.wait()));
    phases.exit.Add(FromProto(t.exit()));
    phases.total.Add(FromProto(t.total()));
    phases.rest.Add(FromProto(t.total()) - FromProto(t.fetch()) -
                    FromProto(t.startup()) - FromProto(t.switchover()) -
                    FromProto(t.wait()) - FromProto(t.exit()));
  }
  return phases;
}

absl::StatusOr<ProgramFigures> MeasureProgram(const std::string& name,
                                              int swaps) {
  ASSIGN_OR_RETURN(auto fleet, e2e::Fleet::Start(1));
  ASSIGN_OR_RETURN(auto program,
                   programs::MakeProgram(name, fleet->directory()));
  const std::string address = e2e::Fleet::Address(0);
  ProgramFigures figures;

  ASSIGN_OR_RETURN(programs::Version first,
                   program->Make(1, address, fleet->port()));
  programs::BarePlace place{address, fleet->port(),
                            fleet->directory() + "/bare"};
  std::filesystem::create_directories(place.directory);
  programs::BareProgram bare(first, place);
  ASSIGN_OR_RETURN(figures.own, MeasureOwnTimes(bare, kOwnTimes));

  RETURN_IF_ERROR(RollOut(*fleet, first));
  for (int swap = 1; swap <= swaps; ++swap) {
    ASSIGN_OR_RETURN(programs::Version version,
                     program->Make(swap + 1, address, fleet->port()));
    RETURN_IF_ERROR(RollOut(*fleet, version));
    RETURN_IF_ERROR(e2e::AwaitSwaps(fleet->operate(), "web", swap).status());
  }
  ASSIGN_OR_RETURN(std::vector<v1::SwapReport> reports,
                   e2e::AwaitSwaps(fleet->operate(), "web", swaps));
  figures.phases = PhasesOf(reports);
  return figures;
}

std::string PhasesTitle() {
  return absl::StrFormat("%-16s%7s%7s%7s%7s%7s%7s%7s%7s%8s%10s%9s%9s\n", "ms",
                         "fetch", "start", "ready", "flip", "queue", "wait",
                         "exit", "rest", "total", "own start", "own stop",
                         "overhead");
}

std::string PhasesRows(const std::string& name, const ProgramFigures& figures) {
  auto row = [&](const char* label, double share) {
    const Phases& p = figures.phases;
    auto of = [share](const Spread& spread) {
      return Milliseconds(spread.Quantile(share));
    };
    return absl::StrFormat(
        "%-10s%-6s%7.1f%7.1f%7.1f%7.3f%7.1f%7.1f%7.1f%7.1f%8.1f%10.1f%9.1f",
        name, label, of(p.fetch), of(p.start), of(p.ready), of(p.flip),
        of(p.queue), of(p.wait), of(p.exit), of(p.rest), of(p.total),
        of(figures.own.start), of(figures.own.stop));
  };
  // Ours: what the program's own start and stop don't explain.
  absl::Duration overhead = figures.phases.total.median() -
                            figures.own.start.median() -
                            figures.own.stop.median();
  return absl::StrCat(row("median", 0.5),
                      absl::StrFormat("%9.1f\n", Milliseconds(overhead)),
                      row("p90", 0.9), "\n");
}

}  // namespace rollout::bench
