// SPDX-License-Identifier: Apache-2.0
//
// How generations come: started here, or adopted from somebody else. Whoever
// comes to nothing leaves no trace.

#ifndef AGENT_SHIM_ARRIVALS_H_
#define AGENT_SHIM_ARRIVALS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "agent/shim/adoptee.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/generation.h"
#include "agent/shim/lifecycle.h"
#include "agent/shim/output.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

// Not thread-safe.
class Arrivals {
 public:
  // All must outlive this. `output` is opened by the first that is started.
  Arrivals(Generations& generations, EndpointGroups& groups,
           Lifecycle& lifecycle, OutputFile& output, EpollLoop& loop)
      : generations_(generations),
        groups_(groups),
        lifecycle_(lifecycle),
        output_(output),
        loop_(loop) {}

  // See the messages. On error nothing has changed.
  absl::Status Start(const v1::StartRequest& request);
  absl::Status Adopt(const v1::AdoptRequest& request);

  // The highest number there ever was; 0: none came.
  uint64_t last_generation() const { return last_generation_; }

 private:
  absl::Status LaunchAdded(Generation& generation);
  absl::Status TakeOver(Generation& generation, Adoptee adoptee);
  // Takes back one that came to nothing.
  void Drop(uint64_t generation);
  absl::Status WatchCalls(Generation& generation);
  Generation& UnderFilter(int seccomp) const;

  Generations& generations_;
  EndpointGroups& groups_;
  Lifecycle& lifecycle_;
  OutputFile& output_;
  EpollLoop& loop_;
  uint64_t last_generation_ = 0;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_ARRIVALS_H_
