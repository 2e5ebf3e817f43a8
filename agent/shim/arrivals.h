// SPDX-License-Identifier: Apache-2.0
//
// How generations come: started here, adopted from somebody else, or left by a
// shim before this one. Whoever comes to nothing leaves no trace.

#ifndef AGENT_SHIM_ARRIVALS_H_
#define AGENT_SHIM_ARRIVALS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "agent/shim/adoptee.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/generation.h"
#include "agent/shim/kept_memory.h"
#include "agent/shim/lifecycle.h"
#include "agent/shim/output.h"
#include "agent/shim/saved_descriptor.h"
#include "proto/shim/v1/saved_state.pb.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

// Not thread-safe.
class Arrivals {
 public:
  struct Surroundings {
    Generations& generations;
    EndpointGroups& groups;
    Lifecycle& lifecycle;
    // Opened by the first that is started.
    OutputFile& output;
    EpollLoop& loop;
    // Where the call that is being answered is kept.
    CallUnderWay& call;
    // Keeps the state: one is about to be started.
    std::function<void()> save;
  };

  // All of `around` must outlive this.
  explicit Arrivals(Surroundings around)
      : generations_(around.generations),
        groups_(around.groups),
        lifecycle_(around.lifecycle),
        output_(around.output),
        loop_(around.loop),
        call_(around.call),
        save_(std::move(around.save)) {}

  // See the messages. On error nothing has changed.
  absl::Status Start(const v1::StartRequest& request);
  absl::Status Adopt(const v1::AdoptRequest& request);

  // Takes up those of a shim before this one, once the groups are; drops what
  // it was about to start. Steering and looks are the caller's.
  void Resume(const v1::SavedState& saved, LeftDescriptors& left);

  // Generations whose main process has ended, so that its parent was told how:
  // us, or our keeper, who tells us before.
  std::set<uint64_t> FindReaped() const;
  // Once all ends that were told are known: those of `reaped` that were not,
  // and those that nobody will tell.
  void FindUntoldEnds(const std::set<uint64_t>& reaped);

  // The highest number there ever was; 0: none came.
  uint64_t last_generation() const { return last_generation_; }

 private:
  absl::Status LaunchAdded(Generation& generation);
  absl::Status TakeOver(Generation& generation, Adoptee adoptee);
  // Takes back one that came to nothing.
  void Drop(uint64_t generation);
  absl::Status ResumeOne(const v1::SavedGeneration& saved,
                         LeftDescriptors& left);
  void DropUnborn(Generation& generation);
  void FinishCall();
  absl::Status WatchCalls(Generation& generation);
  Generation& UnderFilter(int seccomp) const;
  void AnswerCall(Generation& generation);
  void AfterCall(Generation& generation, size_t listeners_before);

  Generations& generations_;
  EndpointGroups& groups_;
  Lifecycle& lifecycle_;
  OutputFile& output_;
  EpollLoop& loop_;
  CallUnderWay& call_;
  const std::function<void()> save_;
  uint64_t last_generation_ = 0;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_ARRIVALS_H_
