// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/service.h"

#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/drain_terms.h"
#include "agent/shim/intercept.h"
#include "agent/shim/launch.h"
#include "agent/shim/status.h"
#include "agent/shim/weights.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr uint32_t kProtocolVersion = 1;

}  // namespace

Service::Service(uint32_t mark_base, EpollLoop& loop)
    : mark_base_(mark_base),
      loop_(loop),
      groups_(loop),
      lifecycle_(mark_base, generations_, groups_, loop) {}

absl::Status Service::Handle(const v1::Request& request) {
  switch (request.kind_case()) {
    case v1::Request::kHello:
      return absl::OkStatus();
    case v1::Request::kStart:
      return Start(request.start());
    case v1::Request::kSetWeights:
      return SetWeights(request.set_weights());
    case v1::Request::kDrain:
      return Drain(request.drain());
    case v1::Request::kKill:
      return Kill(request.kill());
    case v1::Request::kForget:
      return Forget(request.forget());
    case v1::Request::kShutdown:
      return Shutdown();
    case v1::Request::KIND_NOT_SET:
      break;
  }
  return absl::UnimplementedError(
      absl::StrCat("the shim (protocol ", kProtocolVersion,
                   ") does not know this request: it is older than the agent"));
}

v1::Status Service::Snapshot() const {
  v1::Status status;
  status.set_version(kProtocolVersion);
  status.set_pid(getpid());
  for (const auto& [number, generation] : generations_) {
    *status.add_generations() = DescribeGeneration(*generation, mark_base_);
  }
  status.set_last_generation(last_generation_);
  status.set_lost_output_lines(output_.lost_lines());
  status.set_mark_base(mark_base_);
  return status;
}

void Service::ReapChildren() {
  int exit_status;
  pid_t child;
  while ((child = waitpid(-1, &exit_status, WNOHANG)) > 0) {
    for (auto& [number, generation] : generations_) {
      if (generation->main != child || generation->main_ended) continue;
      generation->main_ended = true;
      generation->exit_status = exit_status;
    }
  }
  lifecycle_.OnReaped();
}

absl::Status Service::Start(const v1::StartRequest& request) {
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
  absl::Status status = LaunchAdded(generation);
  if (!status.ok()) {
    groups_.Leave(request.generation());
    generations_.erase(request.generation());
    absl::Status undone = lifecycle_.Steer();
    if (!undone.ok()) LogError(undone.message());
    groups_.CloseLeaving();
    return status;
  }
  last_generation_ = request.generation();
  lifecycle_.Look();
  return absl::OkStatus();
}

absl::Status Service::LaunchAdded(Generation& generation) {
  // The groups must know it before it listens.
  RETURN_IF_ERROR(lifecycle_.Steer());
  NotifySocket::Owner owner;
  owner.accepts = [this, &generation](pid_t sender) {
    return lifecycle_.trees().Owns(generation, sender);
  };
  owner.on_ready = [&generation] {
    if (generation.notified_ready) return;
    generation.notified_ready = true;
    generation.times.set_notified_ready_ns(NowNs());
  };
  RETURN_IF_ERROR(Launch(generation, std::move(owner), output_, loop_));
  NoteListening(generation);
  return WatchCalls(generation);
}

absl::Status Service::WatchCalls(Generation& generation) {
  if (!generation.seccomp.valid()) return absl::OkStatus();
  int seccomp = generation.seccomp.get();
  PrepareNotifications(seccomp);
  return loop_.Watch(
      seccomp, EPOLLIN, [this, &generation, seccomp](uint32_t events) {
        if (events & EPOLLIN) {
          size_t before = generation.listeners->Count();
          HandleNotification(seccomp, *generation.listeners);
          NoteListening(generation);
          // One more than there are endpoints: another worker's, or the
          // successor of one that the service has closed.
          size_t now = generation.listeners->Count();
          if (now > before && now > generation.listeners->endpoints().size()) {
            lifecycle_.DropAbandonedListeners(generation);
          }
          lifecycle_.Look();  // a newcomer may let another listener close
        } else {
          loop_.Unwatch(seccomp);  // nobody is left under the filter
        }
      });
}

void Service::NoteListening(Generation& generation) {
  if (generation.times.listening_ns() == 0 &&
      generation.listeners->AllListen()) {
    generation.times.set_listening_ns(NowNs());
  }
}

absl::Status Service::SetWeights(const v1::SetWeightsRequest& request) {
  using Weights = std::map<uint64_t, uint32_t>;
  ASSIGN_OR_RETURN(Weights weights, ReadWeights(request));
  for (const auto& [number, permille] : weights) {
    ASSIGN_OR_RETURN(Generation * generation, Find(number));
    if (permille > 0) RETURN_IF_ERROR(CheckCanServe(*generation));
  }
  Weights before;
  for (auto& [number, generation] : generations_) {
    before[number] = std::exchange(generation->weight, weights[number]);
  }
  absl::Status status = lifecycle_.Steer();
  if (!status.ok()) {
    for (auto& [number, generation] : generations_) {
      generation->weight = before[number];
    }
    return status;
  }
  lifecycle_.Look();
  return absl::OkStatus();
}

absl::Status Service::CheckCanServe(const Generation& generation) const {
  std::string who = absl::StrCat("generation ", generation.number());
  if (generation.phase() != Phase::kRunning || generation.main_ended) {
    return absl::FailedPreconditionError(
        absl::StrCat(who, " is ", PhaseName(generation.phase()),
                     " and can't serve: give its weight to a running one"));
  }
  for (const NamedEndpoint& endpoint : generation.listeners->endpoints()) {
    if (groups_.Count(endpoint.address, generation.number()) > 0) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        who, " does not listen on ", endpoint.address.ToString(),
        " (endpoint \"", endpoint.name, "\") yet: wait until it does"));
  }
  return absl::OkStatus();
}

absl::Status Service::Drain(const v1::DrainRequest& request) {
  ASSIGN_OR_RETURN(Generation * generation, Find(request.generation()));
  if (generation->weight > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("generation ", request.generation(), " has weight ",
                     generation->weight, ": give it to another one first"));
  }
  const uint64_t now = NowNs();
  ASSIGN_OR_RETURN(DrainTerms terms, MakeDrainTerms(request, now));
  // One that is leaving already goes on as it was told first.
  if (generation->phase() != Phase::kRunning) return absl::OkStatus();
  lifecycle_.BeginDrain(*generation, terms, now);
  lifecycle_.Look();
  return absl::OkStatus();
}

absl::Status Service::Kill(const v1::KillRequest& request) {
  ASSIGN_OR_RETURN(Generation * generation, Find(request.generation()));
  if (generation->phase() >= Phase::kKilled) return absl::OkStatus();
  if (generation->times.drain_began_ns() == 0) {
    generation->times.set_drain_began_ns(NowNs());
  }
  lifecycle_.Kill(*generation, "asked to kill");
  lifecycle_.Look();
  return absl::OkStatus();
}

absl::Status Service::Forget(const v1::ForgetRequest& request) {
  ASSIGN_OR_RETURN(Generation * generation, Find(request.generation()));
  if (generation->phase() != Phase::kEnded) {
    return absl::FailedPreconditionError(absl::StrCat(
        "generation ", request.generation(), " is ",
        PhaseName(generation->phase()), ": drain or kill it first"));
  }
  generations_.erase(request.generation());
  return absl::OkStatus();
}

absl::Status Service::Shutdown() {
  for (const auto& [number, generation] : generations_) {
    if (generation->phase() == Phase::kEnded) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "generation ", number, " is ", PhaseName(generation->phase()),
        ": end all generations before the shim"));
  }
  loop_.Stop();
  return absl::OkStatus();
}

absl::StatusOr<Generation*> Service::Find(uint64_t number) {
  auto found = generations_.find(number);
  if (found == generations_.end()) {
    return absl::NotFoundError(
        absl::StrCat("the shim knows no generation ", number));
  }
  return found->second.get();
}

}  // namespace rollout::shim
