// SPDX-License-Identifier: Apache-2.0
//
// Where a call comes from, as people read it. Pure, safe from any thread.

#ifndef BASE_PEER_ADDRESS_H_
#define BASE_PEER_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rollout {

// Of what gRPC calls the peer: "10.0.0.7:51234" of "ipv4:10.0.0.7:51234",
// "[2001:db8::7]:51234" of "ipv6:%5B2001:db8::7%5D:51234". Anything else, such
// as a Unix socket's, as it is.
std::string PeerAddress(absl::string_view peer);

}  // namespace rollout

#endif  // BASE_PEER_ADDRESS_H_
