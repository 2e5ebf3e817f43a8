// SPDX-License-Identifier: Apache-2.0
//
// End-to-end tests run in namespaces of their own: network (addresses, ports
// and net.ipv4.tcp_migrate_req are nobody else's), processes (nothing a test
// leaves behind outlives it, whatever ends it), mounts (for /proc). A
// control group of their own, too. Needs root.

#ifndef TESTS_E2E_ISOLATION_H_
#define TESTS_E2E_ISOLATION_H_

#include <functional>

namespace rollout::e2e {

// Runs `body` as process 1 of new namespaces, in which the loopback device is
// up, and returns what it returned; 1 when the namespaces could not be made or
// it died. To be called before any thread is there.
int RunIsolated(const std::function<int()>& body);

}  // namespace rollout::e2e

#endif  // TESTS_E2E_ISOLATION_H_
