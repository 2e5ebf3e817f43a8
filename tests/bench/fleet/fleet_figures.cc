// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/fleet_figures.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rollout::bench {
namespace {

using Figure = std::function<double(const FleetFigures&)>;

struct Row {
  const char* name;
  int digits;
  Figure figure;
  const char* bar;
};

std::vector<Row> Rows() {
  using F = const FleetFigures&;
  return {
      {"connect, bare server, us/host", 0,
       [](F f) { return f.bare.connect_us; }, ""},
      {"connect, controller, us/host", 0,
       [](F f) { return f.controller.connect_us; }, ""},
      {"all back, bare server, s", 2, [](F f) { return f.bare.reconnect_s; },
       ""},
      {"all back, controller, s", 2,
       [](F f) { return f.controller.reconnect_s; }, ""},
      {"reconnect, bare server, us/host", 0,
       [](F f) { return f.bare.reconnect_us; }, ""},
      {"reconnect, controller, us/host", 0,
       [](F f) { return f.controller.reconnect_us; }, ""},
      {"  ratio", 2,
       [](F f) { return f.controller.reconnect_us / f.bare.reconnect_us; },
       "<= 1.5"},
      {"at rest, bare server, % of a CPU", 1,
       [](F f) { return f.bare.rest_percent; }, ""},
      {"at rest, controller, % of a CPU", 1,
       [](F f) { return f.controller.rest_percent; }, ""},
      {"idle, bare server, KB/host", 1,
       [](F f) { return f.bare.idle_bytes / 1024; }, ""},
      {"idle, controller, KB/host", 1,
       [](F f) { return f.controller.idle_bytes / 1024; }, ""},
      {"after rollouts, KB/host", 1, [](F f) { return f.used_bytes / 1024; },
       ""},
      {"  above the bare server", 1,
       [](F f) { return (f.used_bytes - f.bare.idle_bytes) / 1024; }, "<= 64"},
      {"rollout at 100 %, s", 2, [](F f) { return f.all_at_once.seconds; },
       "<= 10"},
      {"  controller, us/host", 0, [](F f) { return f.all_at_once.cpu_us; },
       "< 500"},
      {"  beyond rest, us/host", 0,
       [](F f) { return f.all_at_once.beyond_rest_us; }, ""},
      {"rollout at 5 %, s", 2, [](F f) { return f.sliding.seconds; }, ""},
      {"  controller, us/host", 0, [](F f) { return f.sliding.cpu_us; },
       "< 500"},
      {"  beyond rest, us/host", 0,
       [](F f) { return f.sliding.beyond_rest_us; }, ""},
      {"heartbeat, us", 1, [](F f) { return f.heartbeat_us; }, ""},
      {"first action after a restart, s", 2,
       [](F f) { return f.first_action_s; }, "<= 1"},
      {"watch, median, ms", 1, [](F f) { return f.watch_median_ms; }, ""},
      {"watch, p99, ms", 1, [](F f) { return f.watch_p99_ms; }, ""},
      {"/metrics, median, ms", 1, [](F f) { return f.scrape_median_ms; }, ""},
      {"/metrics, p99, ms", 1, [](F f) { return f.scrape_p99_ms; }, "< 200"},
  };
}

// What a rollout of the whole fleet took, beyond rest, in times of what it took
// with the size before. Ten times the hosts may cost twelve times as much.
void AppendGrowth(const char* name, const RolloutFigures FleetFigures::*rollout,
                  const std::vector<FleetFigures>& sizes, std::string* table) {
  absl::StrAppendFormat(table, "%-34s%10s", name, "");
  for (size_t i = 1; i < sizes.size(); ++i) {
    auto cost = [&](const FleetFigures& size) {
      return (size.*rollout).beyond_rest_us * size.hosts;
    };
    absl::StrAppendFormat(table, "%10.1f", cost(sizes[i]) / cost(sizes[i - 1]));
  }
  absl::StrAppend(table, "   <= 12, for 10 times\n");
}

}  // namespace

std::string FleetTable(const std::vector<FleetFigures>& sizes) {
  std::string table = absl::StrFormat("%-34s", "hosts");
  for (const FleetFigures& size : sizes) {
    absl::StrAppendFormat(&table, "%10d", size.hosts);
  }
  absl::StrAppend(&table, "   bar\n");
  for (const Row& row : Rows()) {
    absl::StrAppendFormat(&table, "%-34s", row.name);
    for (const FleetFigures& size : sizes) {
      absl::StrAppendFormat(&table, "%10.*f", row.digits, row.figure(size));
    }
    absl::StrAppend(&table, row.bar[0] == '\0' ? "" : "   ", row.bar, "\n");
  }
  if (sizes.size() > 1) {
    AppendGrowth("growth with the hosts, 100 %", &FleetFigures::all_at_once,
                 sizes, &table);
    AppendGrowth("growth with the hosts, 5 %", &FleetFigures::sliding, sizes,
                 &table);
  }
  return table;
}

}  // namespace rollout::bench
