// SPDX-License-Identifier: Apache-2.0
//
// All that is laid side by side: which program, and which way.

#ifndef TESTS_BENCH_PEERS_PEER_WAYS_H_
#define TESTS_BENCH_PEERS_PEER_WAYS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/peers/way.h"

namespace rollout::bench {

enum class WayKind {
  kOurs,
  // The program's own, or of a library that it was written around.
  kOwn,
  // What is done with any program.
  kGeneric,
};

struct PeerWay {
  std::string program;
  std::string name;
  WayKind kind = WayKind::kOurs;
  // `directory` is the way's alone; it exists.
  std::function<absl::StatusOr<std::unique_ptr<Way>>(
      const std::string& directory)>
      start;
};

// Those of one program beside each other, ours first.
std::vector<PeerWay> PeerWays();

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_PEER_WAYS_H_
