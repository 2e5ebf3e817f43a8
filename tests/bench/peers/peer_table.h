// SPDX-License-Identifier: Apache-2.0
//
// The table of ways side by side, for people.

#ifndef TESTS_BENCH_PEERS_PEER_TABLE_H_
#define TESTS_BENCH_PEERS_PEER_TABLE_H_

#include <string>

#include "tests/bench/peers/peer_ways.h"
#include "tests/bench/peers/side_figures.h"

namespace rollout::bench {

std::string PeerTitle();
// A "*" behind the ratio: too few requests on one of its sides.
std::string PeerRow(const PeerWay& way, const SideFigures& figures);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_PEER_TABLE_H_
