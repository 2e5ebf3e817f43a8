// SPDX-License-Identifier: Apache-2.0
//
// Two listeners of one group and a program that leads all connections to one
// of them: what a flip comes to without a shim.

#ifndef TESTS_BENCH_BARE_GROUP_H_
#define TESTS_BENCH_BARE_GROUP_H_

#include "absl/status/status.h"
#include "base/unique_fd.h"

namespace rollout::bench {

// A loopback listener on `port` that lets others share it; 0: any.
UniqueFd SharedListener(int port);

int PortOf(const UniqueFd& listener);

// Not thread-safe.
class BareGroup {
 public:
  BareGroup();

  // setsockopt(SO_ATTACH_REUSEPORT_CBPF) of a program like the shim's: all to
  // the first listener (0) or the second (1).
  absl::Status LeadTo(int listener);

 private:
  const UniqueFd first_;
  const UniqueFd second_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_BARE_GROUP_H_
