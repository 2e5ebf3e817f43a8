// SPDX-License-Identifier: Apache-2.0
//
// How a request ended, as its client saw it.

#ifndef TESTS_LOAD_ANSWER_H_
#define TESTS_LOAD_ANSWER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rollout::load {

enum class Outcome {
  kOk,
  // The connection was refused.
  kRefused,
  // The connection was cut by the other side, by RST or in some other way
  // that is an error of the socket.
  kReset,
  // The connection ended in order, and nothing of the answer had come.
  kClosed,
  // The connection ended in order, and a part of the answer had come.
  kShort,
  // Nothing came for as long as the time-out.
  kTimedOut,
  // The answer was there, and was not a good one.
  kBadAnswer,
};
constexpr int kOutcomes = 7;

// "ok", "refused", "reset", "closed", "short", "timed_out", "bad_answer".
absl::string_view OutcomeName(Outcome outcome);

struct Answer {
  Outcome outcome = Outcome::kOk;
  // What was asked for, without what the protocol has around it.
  std::string body;
  // For people: "recv: Connection reset by peer after 0 bytes".
  std::string detail;
};

}  // namespace rollout::load

#endif  // TESTS_LOAD_ANSWER_H_
