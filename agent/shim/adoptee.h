// SPDX-License-Identifier: Apache-2.0
//
// A service that runs already and was not started by us: who it is, and what it
// listens with.

#ifndef AGENT_SHIM_ADOPTEE_H_
#define AGENT_SHIM_ADOPTEE_H_

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/shim/proc_fs.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// The processes of a service that is no descendant of ours: its main process
// with all below it and all in its session. What has lost its parent is still
// known if it was seen before.
class AdopteeTree {
 public:
  // `known`: those that were seen to be its.
  explicit AdopteeTree(const ProcessEntry& main,
                       std::vector<ProcessEntry> known = {})
      : main_(main), known_(std::move(known)) {}

  const ProcessEntry& main() const { return main_; }
  const std::vector<ProcessEntry>& known() const { return known_; }

  // Those of `all` (every process there is) that are its.
  std::vector<ProcessEntry> Of(const std::vector<ProcessEntry>& all);

 private:
  const ProcessEntry main_;
  // Seen at the last look.
  std::vector<ProcessEntry> known_;
};

struct Adoptee {
  ProcessEntry main;
  UniqueFd pidfd;
  // A duplicate of its listener on each of the addresses, in their order.
  std::vector<UniqueFd> listeners;
};

// Looks at the listeners on `addresses`, and at who holds them. `pid`: its main
// process; 0: the topmost of those that hold them. Changes nothing. NotFound:
// nobody listens on any of them. FailedPrecondition: it can't be adopted: it
// listens on some only, on an address that overlaps, with several listeners on
// one; or they are held by another process than `pid`, by several services, or
// by systemd for a socket unit; or an address is not of TCP.
absl::StatusOr<Adoptee> FindAdoptee(
    const std::vector<EndpointAddress>& addresses, pid_t pid);

// Established connections keep an address to themselves that their listener had
// taken without SO_REUSEADDR: sets it on those of the sockets `processes` hold
// that are connections of `address`. What is in TIME_WAIT can't be changed and
// is over within 60 s.
void LetAddressBeShared(const std::vector<ProcessEntry>& processes,
                        const EndpointAddress& address);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_ADOPTEE_H_
