// SPDX-License-Identifier: Apache-2.0

#include "tests/load/answer.h"

namespace rollout::load {

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kReset:
      return "reset";
    case Outcome::kClosed:
      return "closed";
    case Outcome::kShort:
      return "short";
    case Outcome::kTimedOut:
      return "timed_out";
    case Outcome::kBadAnswer:
      return "bad_answer";
  }
  return "";
}

}  // namespace rollout::load
