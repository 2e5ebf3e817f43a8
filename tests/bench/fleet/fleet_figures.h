// SPDX-License-Identifier: Apache-2.0
//
// What the benchmark of a fleet finds. Plain values: they are handed over in
// memory that two processes share.

#ifndef TESTS_BENCH_FLEET_FLEET_FIGURES_H_
#define TESTS_BENCH_FLEET_FLEET_FIGURES_H_

#include <string>
#include <vector>

namespace rollout::bench {

// Of a server of agents; of the controller or of the bare one.
struct ServerFigures {
  // Microseconds of processor time per host.
  double connect_us = 0;
  // All hosts come back on their own at once after it was killed.
  double reconnect_us = 0;
  // From the kill until all were back, seconds.
  double reconnect_s = 0;
  // With all hosts connected and nothing to do, percent of one processor:
  // heartbeats and gRPC's pings.
  double rest_percent = 0;
  // Bytes per host, connected and idle.
  double idle_bytes = 0;
};

// Medians of several rollouts.
struct RolloutFigures {
  double seconds = 0;
  // Microseconds of the controller's processor time per host swapped: all it
  // took meanwhile, and that without what idle connections take anyway.
  double cpu_us = 0;
  double beyond_rest_us = 0;
};

struct FleetFigures {
  int hosts = 0;
  ServerFigures bare;
  ServerFigures controller;
  // maxSurge 100 % and 5 %.
  RolloutFigures all_at_once;
  RolloutFigures sliding;
  // Bytes per host after the rollouts, with the history of their swaps.
  double used_bytes = 0;
  // Microseconds of the controller's processor time per heartbeat.
  double heartbeat_us = 0;
  // From when the last host of the first plan was back after the controller was
  // killed in mid-rollout, until one was asked for something new; seconds.
  double first_action_s = 0;
  // From the call that pauses or resumes a plan until a watch tells of it;
  // milliseconds.
  double watch_median_ms = 0;
  double watch_p99_ms = 0;
  // A GET of /metrics, milliseconds.
  double scrape_median_ms = 0;
  double scrape_p99_ms = 0;
};

// A column for each size, each figure with what it is held to.
std::string FleetTable(const std::vector<FleetFigures>& sizes);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_FLEET_FIGURES_H_
