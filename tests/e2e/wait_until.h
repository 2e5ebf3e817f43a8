// SPDX-License-Identifier: Apache-2.0
//
// Waits for what other processes do, by looking again and again.

#ifndef TESTS_E2E_WAIT_UNTIL_H_
#define TESTS_E2E_WAIT_UNTIL_H_

#include <functional>

#include "absl/time/time.h"

namespace rollout::e2e {

// Returns true as soon as `condition` does, false when `limit` has gone by
// without that. Looks at least once, then every few milliseconds, or a third of
// the time where looks take long.
bool WaitUntil(absl::Duration limit, const std::function<bool()>& condition);

}  // namespace rollout::e2e

#endif  // TESTS_E2E_WAIT_UNTIL_H_
