// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/peer_table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rollout::bench {
namespace {

double Milliseconds(absl::Duration duration) {
  return absl::ToDoubleMilliseconds(duration);
}

std::string KindName(WayKind kind) {
  switch (kind) {
    case WayKind::kOurs:
      return "ours";
    case WayKind::kOwn:
      return "own";
    case WayKind::kGeneric:
      return "generic";
  }
  return "";
}

std::string Latency(const Spread& spread) {
  return absl::StrFormat("%8.2f (%6d)", Milliseconds(spread.p99()),
                         spread.count());
}

std::string Ratio(const SideFigures& figures) {
  const bool enough = figures.overlapping.count() >= SideFigures::kEnough &&
                      figures.others.count() >= SideFigures::kEnough;
  return absl::StrFormat("%7.2f%s", figures.LatencyRatio(), enough ? "" : "*");
}

std::string Kept(const SideFigures& figures) {
  if (figures.kept_requests == 0) return "-";
  return absl::StrCat(figures.kept_failed, " of ", figures.kept_requests);
}

}  // namespace

std::string PeerTitle() {
  return absl::StrCat(absl::StrFormat(
      "%-16s%-29s%6s%9s%8s%7s%8s%9s%9s%18s%18s%8s%17s\n", "program", "way",
      "swaps", "requests", "failed", "/swap", "/10000", "switch", "p99 ms",
      "p99 ms, swap (n)", "others (n)", "ratio", "kept, failed"));
}

std::string PeerRow(const PeerWay& way, const SideFigures& figures) {
  return absl::StrFormat(
      "%-16s%-29s%6d%9d%8d%7.1f%8.1f%9.1f%9.1f%18s%18s%8s%17s\n", way.program,
      absl::StrCat(KindName(way.kind), ": ", way.name), figures.swaps,
      figures.requests, figures.failed, figures.FailedPerSwap(),
      figures.FailedPerTenThousand(),
      Milliseconds(figures.switch_time.median()),
      Milliseconds(figures.switch_time.p99()), Latency(figures.overlapping),
      Latency(figures.others), Ratio(figures), Kept(figures));
}

}  // namespace rollout::bench
