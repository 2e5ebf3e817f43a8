// SPDX-License-Identifier: Apache-2.0
//
// Which time hosts are asked for a revision, as one growing number: 7002 is the
// second retry of rollout 7. Agents take it as it is, and try what has failed
// again when it is another one.

#ifndef CONTROLLER_STORE_ATTEMPT_H_
#define CONTROLLER_STORE_ATTEMPT_H_

#include <cstdint>

namespace rollout::store {

struct Attempt {
  int64_t rollout = 0;
  // Below 1000.
  int retry = 0;
};

inline int64_t ToNumber(const Attempt& attempt) {
  return attempt.rollout * 1000 + attempt.retry;
}
inline Attempt ToAttempt(int64_t number) {
  return {number / 1000, static_cast<int>(number % 1000)};
}

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_ATTEMPT_H_
