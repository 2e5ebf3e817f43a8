// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/arrivals.h"

#include <sys/epoll.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/intercept.h"
#include "agent/shim/launch.h"
#include "base/check.h"
#include "base/endpoint_address.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr uint32_t kWholeWeight = 1000;

}  // namespace

absl::Status Arrivals::Start(const v1::StartRequest& request) {
  if (request.generation() <= last_generation_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "generation ", request.generation(), ": must be higher than ",
        last_generation_, ", which was started before"));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Generation> made,
                   MakeGeneration(request, groups_));
  RETURN_IF_ERROR(output_.Open(request.output_file()));
  Generation& generation = *made;
  generations_[request.generation()] = std::move(made);
  save_();
  absl::Status status = LaunchAdded(generation);
  if (!status.ok()) {
    Drop(request.generation());
    return status;
  }
  last_generation_ = request.generation();
  lifecycle_.Look();
  return absl::OkStatus();
}

void Arrivals::Drop(uint64_t generation) {
  groups_.Leave(generation);
  generations_.erase(generation);
  absl::Status undone = lifecycle_.Steer();
  if (!undone.ok()) LogError(undone.message());
  groups_.CloseLeaving();
}

absl::Status Arrivals::Adopt(const v1::AdoptRequest& request) {
  if (!generations_.empty() || request.generation() <= last_generation_) {
    return absl::FailedPreconditionError(
        "the shim has had a generation: only the first one can be adopted");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Generation> made,
                   MakeAdopted(request, groups_));
  const pid_t pid = static_cast<pid_t>(request.pid());
  ASSIGN_OR_RETURN(Adoptee adoptee,
                   FindAdoptee(made->EndpointAddresses(), pid));
  Generation& generation = *made;
  generations_[request.generation()] = std::move(made);
  absl::Status status = TakeOver(generation, std::move(adoptee));
  if (!status.ok()) {
    Drop(request.generation());
    return status;
  }
  last_generation_ = request.generation();
  lifecycle_.Look();
  return absl::OkStatus();
}

absl::Status Arrivals::TakeOver(Generation& generation, Adoptee adoptee) {
  generation.main = adoptee.main.pid;
  generation.pidfd = std::move(adoptee.pidfd);
  generation.adoptee = std::make_unique<AdopteeTree>(adoptee.main);
  generation.times.set_started_ns(NowNs());
  generation.weight = kWholeWeight;
  RETURN_IF_ERROR(lifecycle_.Steer());
  for (size_t i = 0; i < adoptee.listeners.size(); ++i) {
    const EndpointAddress& address =
        generation.listeners->endpoints()[i].address;
    auto share_connections = [&] {
      LetAddressBeShared(lifecycle_.trees().Walk(generation), address);
    };
    RETURN_IF_ERROR(groups_.Adopt(address, generation.number(),
                                  std::move(adoptee.listeners[i]),
                                  share_connections));
  }
  lifecycle_.NoteListening(generation);
  return lifecycle_.WatchEnd(generation);
}

absl::Status Arrivals::LaunchAdded(Generation& generation) {
  // The groups must know it before it listens.
  RETURN_IF_ERROR(lifecycle_.Steer());
  if (generation.request.handover() == v1::SIGNAL) {
    RETURN_IF_ERROR(lifecycle_.succession().Await(generation));
    save_();
    return lifecycle_.succession().Ask(generation);
  }
  RETURN_IF_ERROR(Launch(generation, lifecycle_.trees(), output_, loop_));
  lifecycle_.NoteListening(generation);
  PrepareNotifications(generation.seccomp.get());
  return WatchCalls(generation);
}

absl::Status Arrivals::WatchCalls(Generation& generation) {
  if (!generation.seccomp.valid()) return absl::OkStatus();
  int seccomp = generation.seccomp.get();
  return loop_.Watch(seccomp, EPOLLIN, [this, seccomp](uint32_t events) {
    if (events & EPOLLIN) {
      AnswerCall(UnderFilter(seccomp));
    } else {
      loop_.Unwatch(seccomp);  // nobody is left under the filter
    }
  });
}

void Arrivals::AnswerCall(Generation& generation) {
  const size_t before = generation.listeners->Count();
  call_.call = {};
  call_.generation = generation.number();
  HandleNotification(generation.seccomp.get(), &call_.call,
                     *generation.listeners, save_);
  AfterCall(generation, before);
}

void Arrivals::AfterCall(Generation& generation, size_t listeners_before) {
  lifecycle_.NoteListening(generation);
  call_.generation = 0;
  // One more than there are endpoints: another worker's, or the successor of
  // one that the service has closed.
  const size_t now = generation.listeners->Count();
  if (now > listeners_before &&
      now > generation.listeners->endpoints().size()) {
    lifecycle_.DropAbandonedListeners(generation);
  }
  lifecycle_.Look();  // a newcomer may let another listener close
}

// An heir takes it over from its predecessor.
Generation& Arrivals::UnderFilter(int seccomp) const {
  auto found = std::find_if(generations_.begin(), generations_.end(),
                            [seccomp](const auto& each) {
                              return each.second->seccomp.get() == seccomp;
                            });
  CHECK(found != generations_.end());
  return *found->second;
}

}  // namespace rollout::shim
