// SPDX-License-Identifier: Apache-2.0
//
// Two plans must not claim one address on one host: their generations would
// share a listener group.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_ENDPOINT_CLAIMS_H_
#define CONTROLLER_DECIDE_ENDPOINT_CLAIMS_H_

#include <string>
#include <vector>

namespace rollout::decide {

// One endpoint of a plan on one host it selects.
struct EndpointClaim {
  std::string plan;
  std::string host;
  // "IPV4:PORT", "[IPV6]:PORT", one of these after "udp:", or "unix:PATH"; host
  // values replaced, in the one way it is written.
  std::string address;
  // The plan is about to take this on; false: it is there and stays.
  bool is_new = true;
};

// Two plans, at least one of them new, that claim one address on one host.
struct EndpointClash {
  // One that is new, and the other one.
  std::string plan;
  std::string other;
  // Names both, host and address, and says what to do.
  std::string message;
};

// Old ones that clash are no reason to refuse what has nothing to do with them.
// Addresses clash when they are equal; and of one kind, when their ports are
// equal and one of the IP addresses is a wildcard (0.0.0.0, [::]). Of the
// clashes of two plans the first by host, address and plan is told. The order
// of `claims` does not matter.
std::vector<EndpointClash> FindEndpointClashes(
    std::vector<EndpointClaim> claims);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_ENDPOINT_CLAIMS_H_
