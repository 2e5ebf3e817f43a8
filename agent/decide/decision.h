// SPDX-License-Identifier: Apache-2.0
//
// What a host does next for one service. Plain values.

#ifndef AGENT_DECIDE_DECISION_H_
#define AGENT_DECIDE_DECISION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/decide/service_view.h"

namespace rollout::agent {

// A generation given up.
struct Failure {
  int64_t generation = 0;
  std::string revision;
  int64_t attempt = 0;
  std::string reason;
  // Another generation has the clients or can take them: this attempt is over.
  // Otherwise the revision is started again, after a delay.
  bool final = false;
};

// At most one of them is filled.
struct Decision {
  std::vector<Failure> failures;
  std::optional<Weights> weights;
  // New connections wait, so that this revision can take its turn.
  std::optional<std::string> hold_for;
  std::vector<int64_t> forget;
  std::vector<int64_t> drain;
  std::vector<std::string> fetch;  // revisions
  std::vector<std::string> start;  // revisions
  // Nothing is left, and nothing shall come: the shim is not needed any more.
  bool end_shim = false;
  // When a decision could come out differently by time alone.
  absl::Duration wake_after = absl::InfiniteDuration();
};

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_DECISION_H_
