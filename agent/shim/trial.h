// SPDX-License-Identifier: Apache-2.0
//
// A connection of the shim's own to an endpoint, on which nothing is ever sent:
// to see which process accepts, where two have the same listener. A listener
// with TCP_DEFER_ACCEPT never gives one out.

#ifndef AGENT_SHIM_TRIAL_H_
#define AGENT_SHIM_TRIAL_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

class Trial {
 public:
  // Connects; over by itself when destroyed. As connect(2) fails.
  static absl::StatusOr<Trial> Begin(const NetAddress& endpoint);

  // The inode of the socket that accept(2) has made of it; 0: none has yet.
  // Unavailable: the kernel did not answer, or the connection is gone.
  absl::StatusOr<uint64_t> AcceptedAs() const;

 private:
  Trial(const NetAddress& endpoint, const NetAddress& own, UniqueFd socket)
      : endpoint_(endpoint), own_(own), socket_(std::move(socket)) {}

  NetAddress endpoint_;
  NetAddress own_;
  UniqueFd socket_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_TRIAL_H_
