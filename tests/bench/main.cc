// SPDX-License-Identifier: Apache-2.0
//
// bazel run //tests/bench:swap_bench [-- --swaps=50 --flips=1000
//                                       --programs=nginx,go]
// bazel run //tests/bench:swap_bench -- --peers [--peer_swaps=20
//                                       --peer_programs=nginx,go]
//
// What a swap costs, next to what people do instead, as tables. As root; some
// minutes, and best on a quiet machine.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tests/bench/flips.h"
#include "tests/bench/nginx_upgrade.h"
#include "tests/bench/peers/measured_way.h"
#include "tests/bench/peers/peer_table.h"
#include "tests/bench/peers/peer_ways.h"
#include "tests/bench/program_swaps.h"
#include "tests/bench/restarts.h"
#include "tests/bench/scratch.h"
#include "tests/bench/sizes.h"
#include "tests/e2e/fleet.h"
#include "tests/e2e/isolation.h"
#include "tests/e2e/manifest.h"

ABSL_FLAG(int, swaps, 50, "swaps of each program");
ABSL_FLAG(int, flips, 1000, "flips of one service");
ABSL_FLAG(int, restarts, 10, "stops and starts under load");
ABSL_FLAG(int, clients, 16,
          "clients of nginx while it is swapped, or upgrades");
ABSL_FLAG(std::vector<std::string>, programs,
          (std::vector<std::string>{"python", "nginx", "go", "node",
                                    "gunicorn"}),
          "those that are swapped, of tests/programs");

ABSL_FLAG(bool, peers, false,
          "only lay our ways beside those of others, under one load");
ABSL_FLAG(int, peer_swaps, 20,
          "with --peers: swaps of each way, if there is time for so many");
ABSL_FLAG(std::vector<std::string>, peer_programs, {},
          "with --peers: those that are swapped; all without it");

namespace rollout::bench {
namespace {

constexpr char kUsage[] =
    "Measures what a swap costs, next to what people do instead. As root.\n"
    "  swap_bench          each part after the other: some ten minutes\n"
    "  swap_bench --peers  our ways beside those of others: failures, switch\n"
    "                      time (from the command until every new connection\n"
    "                      is answered by the new version) and latencies,\n"
    "                      under 16 clients with a connection per request and\n"
    "                      4 that keep theirs; a quarter of a minute for each\n"
    "                      way at most, some eight minutes in all";

double Microseconds(absl::Duration duration) {
  return absl::ToDoubleMicroseconds(duration);
}

absl::Status ShowFlips() {
  Scratch scratch;
  ASSIGN_OR_RETURN(
      FlipFigures figures,
      MeasureFlips((std::filesystem::current_path() / "agent/shim/rollout-shim")
                       .string(),
                   scratch.path(), absl::GetFlag(FLAGS_flips)));
  absl::PrintF("%d flips, us   median     p99\n", figures.flip.count());
  auto row = [](const char* name, const Spread& spread) {
    absl::PrintF("%-14s%9.1f%8.1f\n", name, Microseconds(spread.median()),
                 Microseconds(spread.p99()));
  };
  row("flip", figures.flip);
  row("round trip", figures.round_trip);
  row("bare syscall", figures.bare);
  absl::PrintF(
      "flip p99 / bare median: %.1f, / bare p99: %.1f (at most 10)\n\n",
      absl::FDivDuration(figures.flip.p99(), figures.bare.median()),
      absl::FDivDuration(figures.flip.p99(), figures.bare.p99()));
  return absl::OkStatus();
}

absl::Status ShowPrograms() {
  std::cout << ProgramTitle();
  for (const std::string& name : absl::GetFlag(FLAGS_programs)) {
    ASSIGN_OR_RETURN(ProgramFigures figures,
                     MeasureProgram(name, absl::GetFlag(FLAGS_swaps)));
    std::cout << ProgramRows(name, figures) << std::flush;
  }
  std::cout << "\n";
  return absl::OkStatus();
}

// What nginx does for itself.
absl::Status ShowNginx() {
  const std::vector<std::string> programs = absl::GetFlag(FLAGS_programs);
  if (std::count(programs.begin(), programs.end(), "nginx") == 0) {
    return absl::OkStatus();
  }
  std::cout << NginxTitle();
  for (int clients : {0, absl::GetFlag(FLAGS_clients)}) {
    ASSIGN_OR_RETURN(NginxFigures figures,
                     MeasureNginx(absl::GetFlag(FLAGS_swaps), clients));
    std::cout << NginxRows(absl::StrCat(clients, " clients"), figures)
              << std::flush;
  }
  std::cout << "\n";
  return absl::OkStatus();
}

// What people do instead.
absl::Status ShowRestarts() {
  for (const std::string& name : absl::GetFlag(FLAGS_programs)) {
    Scratch scratch;
    ASSIGN_OR_RETURN(auto program, programs::MakeProgram(name, scratch.path()));
    programs::BarePlace place{"127.0.1.1", 8080, scratch.path()};
    ASSIGN_OR_RETURN(programs::Version version,
                     program->Make(1, place.address, place.port));
    programs::BareProgram bare(version, place);
    const int restarts = absl::GetFlag(FLAGS_restarts);
    ASSIGN_OR_RETURN(load::LoadResult result, LoadOverRestarts(bare, restarts));
    absl::PrintF(
        "%-9s stopped and started %d times under load: %d of %d "
        "requests failed, longest %.1f ms\n",
        name, restarts, result.failed(), result.total(),
        absl::ToDoubleMilliseconds(result.Latency(1)));
  }
  std::cout << "\n";
  return absl::OkStatus();
}

// With three hosts that have gone through a rollout.
absl::Status ShowSizes() {
  ASSIGN_OR_RETURN(auto fleet, e2e::Fleet::Start(3));
  ASSIGN_OR_RETURN(auto program,
                   programs::MakeProgram("python", fleet->directory()));
  for (int number : {1, 2}) {
    e2e::ManifestFields fields;
    fields.port = fleet->port();
    ASSIGN_OR_RETURN(fields.version, program->Make(number, "", fields.port));
    RETURN_IF_ERROR(fleet->operate().Apply(e2e::Manifest(fields)));
    RETURN_IF_ERROR(fleet->operate().Follow("web", absl::Seconds(60)).status());
  }
  struct Limit {
    const char* program;
    int64_t megabytes;
  };
  for (const Limit& limit :
       {Limit{"rollout-shim", 8}, Limit{"rollout-agent", 40},
        Limit{"rollout-controller", 60}}) {
    std::vector<int64_t> sizes = ResidentKilobytes(limit.program);
    absl::PrintF("%-19s%6.1f MB resident at most, of %d (limit %d MB)\n",
                 limit.program, sizes.empty() ? 0 : sizes[0] / 1024.0,
                 sizes.size(), limit.megabytes);
  }
  return absl::OkStatus();
}

bool IsAsked(const PeerWay& way) {
  const std::vector<std::string> asked = absl::GetFlag(FLAGS_peer_programs);
  return asked.empty() ||
         std::count(asked.begin(), asked.end(), way.program) > 0;
}

// Its row, at once, and what else is to be told of it.
absl::StatusOr<std::string> ShowPeer(const PeerWay& way) {
  Scratch scratch;
  ASSIGN_OR_RETURN(auto started, way.start(scratch.path()));
  ASSIGN_OR_RETURN(MeasuredWay measured,
                   MeasureWay(*started, absl::GetFlag(FLAGS_peer_swaps)));
  std::cout << PeerRow(way, measured.figures) << std::flush;
  if (measured.notes.empty()) return std::string();
  std::string notes =
      absl::StrCat(measured.notes, "  ", way.program, ", ", way.name, "\n");
  for (const std::string& failure : measured.failures) {
    absl::StrAppend(&notes, "  failed: ", failure, "\n");
  }
  return notes;
}

// Ours beside those of others.
absl::Status ShowPeers() {
  std::cout << PeerTitle();
  std::string all;
  absl::Status status;
  for (const PeerWay& way : PeerWays()) {
    if (!IsAsked(way)) continue;
    absl::StatusOr<std::string> notes = ShowPeer(way);
    absl::StrAppend(&all, notes.value_or(""));
    status.Update(
        WithContext(notes.status(), absl::StrCat(way.program, ", ", way.name)));
  }
  std::cout << "\n" << PhasesTitle() << "\n" << all;
  return status;
}

std::vector<std::function<absl::Status()>> Parts() {
  if (absl::GetFlag(FLAGS_peers)) return {ShowPeers};
  return {ShowFlips, ShowPrograms, ShowNginx, ShowRestarts, ShowSizes};
}

int Main() {
  for (const auto& part : Parts()) {
    absl::Status status = part();
    std::cout << std::flush;
    if (!status.ok()) {
      std::cerr << "swap_bench: " << status << "\n";
      return 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace rollout::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(rollout::bench::kUsage);
  absl::ParseCommandLine(argc, argv);
  return rollout::e2e::RunIsolated(rollout::bench::Main);
}
