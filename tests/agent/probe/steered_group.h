// SPDX-License-Identifier: Apache-2.0
//
// Two listeners on one address, as two generations have them: connections with
// the mark reach the dark one, all others the serving one.

#ifndef TESTS_AGENT_PROBE_STEERED_GROUP_H_
#define TESTS_AGENT_PROBE_STEERED_GROUP_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::probe {

// A listener on `address` that may share it with others. Non-blocking.
UniqueFd OpenListener(const NetAddress& address, int backlog = 64);

// Where the socket is bound.
NetAddress LocalAddress(int fd);

// In the group of `listener`, connections with the mark go to the listener that
// joined second, all others to the first.
void SteerMark(int listener, uint32_t mark);

class SteeredGroup {
 public:
  // `host`: "127.0.0.1" or "[::1]".
  SteeredGroup(absl::string_view host, uint32_t mark);

  const NetAddress& address() const { return address_; }

  // Connections that wait for each: taken, closed and counted.
  int CountServing() { return Count(serving_.get()); }
  int CountDark() { return Count(dark_.get()); }

 private:
  static int Count(int listener);

  UniqueFd serving_;
  NetAddress address_;
  UniqueFd dark_;
};

}  // namespace rollout::probe

#endif  // TESTS_AGENT_PROBE_STEERED_GROUP_H_
