// SPDX-License-Identifier: Apache-2.0
//
// The least a server of agents can be: gRPC with the controller's settings and
// certificate, and a stream per host that is welcomed and then idle. What is
// above its cost is the controller's own.

#ifndef TESTS_BENCH_FLEET_BARE_SERVER_H_
#define TESTS_BENCH_FLEET_BARE_SERVER_H_

#include <string>

#include "tests/bench/fleet/fleet_keys.h"
#include "tests/bench/fleet/line_channel.h"

namespace rollout::bench {

// What the process does that is the server: at "start" listens on `address`
// and answers, then serves until it is killed. It tells agents to spread their
// dials over as long as the controller would.
void ServeBare(const FleetKeys& keys, const std::string& address, int hosts,
               LineChannel& channel);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_BARE_SERVER_H_
