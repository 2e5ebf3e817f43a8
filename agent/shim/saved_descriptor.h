// SPDX-License-Identifier: Apache-2.0
//
// Descriptors by their numbers, from one process of the shim to the next, which
// has the same ones open.

#ifndef AGENT_SHIM_SAVED_DESCRIPTOR_H_
#define AGENT_SHIM_SAVED_DESCRIPTOR_H_

#include <set>

#include "base/unique_fd.h"
#include "proto/shim/v1/saved_state.pb.h"

namespace rollout::shim {

// Its number, and what it is open on. None for a negative one.
v1::SavedDescriptor SaveDescriptor(int fd);

// Those that a predecessor has left open. Not thread-safe.
class LeftDescriptors {
 public:
  // All that are open now but standard input, output and error.
  LeftDescriptors();
  // Whether they could be listed.
  bool is_complete() const { return is_complete_; }

  // The one that was saved, owned by the caller from now on; none: it was
  // closed, or its number is another's.
  UniqueFd Take(const v1::SavedDescriptor& saved);
  // Is nobody's here.
  void Leave(int fd) { numbers_.erase(fd); }

  // Closes those that nobody took.
  void CloseRest();

 private:
  bool is_complete_ = false;
  std::set<int> numbers_;
};

// Whether the next program of this process finds it closed.
void SetCloseOnExec(const v1::SavedDescriptor& saved, bool on);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SAVED_DESCRIPTOR_H_
