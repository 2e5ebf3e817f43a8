// SPDX-License-Identifier: Apache-2.0
//
// Ports of this host's loopback device, for servers that can't choose one.

#ifndef TESTS_PROGRAMS_LOCAL_PORT_H_
#define TESTS_PROGRAMS_LOCAL_PORT_H_

#include <string>

namespace rollout::programs {

// One that nobody listens on now.
int FreePort();

// Whether something listens at an IPv4 address.
bool Listens(const std::string& address, int port);

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_LOCAL_PORT_H_
