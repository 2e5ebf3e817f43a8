// SPDX-License-Identifier: Apache-2.0
//
// What a drain was asked for, with its moments. Pure: safe from any thread.

#ifndef AGENT_SHIM_DRAIN_TERMS_H_
#define AGENT_SHIM_DRAIN_TERMS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

struct DrainTerms {
  v1::DrainWait wait = v1::WAIT_FOR_CONNECTIONS;
  int signal = 0;
  // When waiting for connections ends: the signal comes then at the latest.
  uint64_t signal_at_ns = 0;
  uint64_t kill_at_ns = 0;
  // Sent to what is left so long after the first; 0: none, or sent.
  int second_signal = 0;
  uint64_t second_after_ns = 0;
};

// Of a drain that begins now. The signal has a quarter of the time to work, at
// most 5 s, however long connections are to be waited for: with a wait of 60 s
// and a timeout of 12 s it comes after 9 s. InvalidArgument: no such signal.
absl::StatusOr<DrainTerms> MakeDrainTerms(const v1::DrainRequest& request,
                                          uint64_t now_ns);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_DRAIN_TERMS_H_
