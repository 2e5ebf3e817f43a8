// SPDX-License-Identifier: Apache-2.0
//
// A client of any kind of endpoint, for services like answering_server.

#ifndef TESTS_AGENT_SHIM_ENDPOINT_CLIENT_H_
#define TESTS_AGENT_SHIM_ENDPOINT_CLIENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/endpoint_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// A text that Parse takes.
EndpointAddress AddressOf(const std::string& text);

// A connected socket with that mark (0: none), that waits 10 s at most for
// anything; -1: errno says why.
UniqueFd Connect(const EndpointAddress& address, uint32_t mark = 0);

// Asks once, on a socket of its own: "generation N", or what went wrong after
// "error: ". A datagram that is not answered is an error.
std::string Ask(const EndpointAddress& address, uint32_t mark = 0);

// What `count` questions get, from each of the addresses in turn.
std::map<std::string, int> AskOften(
    const std::vector<EndpointAddress>& addresses, int count,
    uint32_t mark = 0);

}  // namespace rollout::shim

#endif  // TESTS_AGENT_SHIM_ENDPOINT_CLIENT_H_
