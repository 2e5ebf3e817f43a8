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
#include "agent/shim/adoptee.h"
#include "agent/shim/drain_terms.h"
#include "agent/shim/generation_groups.h"
#include "agent/shim/intercept.h"
#include "agent/shim/launch.h"
#include "agent/shim/status.h"
#include "agent/shim/weights.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr uint32_t kProtocolVersion = 1;
constexpr uint32_t kWholeWeight = 1000;

}  // namespace

Service::Service(uint32_t mark_base, EpollLoop& loop)
    : mark_base_(mark_base),
      loop_(loop),
      groups_(loop),
      hold_(groups_),
      lifecycle_(mark_base, generations_, groups_, hold_, loop) {}

absl::Status Service::Handle(const v1::Request& request) {
  switch (request.kind_case()) {
    case v1::Request::kHello:
      return absl::OkStatus();
    case v1::Request::kStart:
      return Start(request.start());
    case v1::Request::kSetWeights:
      return SetWeights(request.set_weights());
    case v1::Request::kAdopt:
      return Adopt(request.adopt());
    case v1::Request::kHold:
      return BeginHold();
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
  status.set_holding(hold_.is_on());
  status.set_takes_group_limits(true);
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
      ReadFigures(*generation);
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
    Drop(request.generation());
    return status;
  }
  last_generation_ = request.generation();
  lifecycle_.Look();
  return absl::OkStatus();
}

void Service::Drop(uint64_t generation) {
  groups_.Leave(generation);
  generations_.erase(generation);
  absl::Status undone = lifecycle_.Steer();
  if (!undone.ok()) LogError(undone.message());
  groups_.CloseLeaving();
}

absl::Status Service::Adopt(const v1::AdoptRequest& request) {
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

absl::Status Service::TakeOver(Generation& generation, Adoptee adoptee) {
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
  NoteListening(generation);
  // It is nobody's child here: its end comes this way.
  const int pidfd = generation.pidfd.get();
  return loop_.Watch(pidfd, EPOLLIN, [this, &generation, pidfd](uint32_t) {
    loop_.Unwatch(pidfd);
    generation.main_ended = true;
    lifecycle_.OnReaped();
  });
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
  const uint64_t held_since_ns = hold_.since_ns();
  RETURN_IF_ERROR(Reweigh(std::move(weights), 0));
  if (held_since_ns != 0) EndHold(held_since_ns);
  lifecycle_.Look();
  return absl::OkStatus();
}

absl::Status Service::BeginHold() {
  if (hold_.is_on()) return absl::OkStatus();
  RETURN_IF_ERROR(hold_.Prepare());
  absl::Status status = Reweigh({}, NowNs());
  if (!status.ok()) hold_.LetGo(false);
  lifecycle_.Look();
  return status;
}

void Service::EndHold(uint64_t since_ns) {
  bool anybody = false;
  for (auto& [number, generation] : generations_) {
    if (generation->weight == 0) continue;
    anybody = true;
    generation->times.set_hold_began_ns(since_ns);
    generation->connections_held = hold_.Held();
  }
  hold_.LetGo(!anybody);
}

absl::Status Service::Reweigh(std::map<uint64_t, uint32_t> weights,
                              uint64_t held_since_ns) {
  std::map<uint64_t, uint32_t> before;
  for (auto& [number, generation] : generations_) {
    before[number] = std::exchange(generation->weight, weights[number]);
  }
  const uint64_t held_before_ns = hold_.Switch(held_since_ns);
  absl::Status status = lifecycle_.Steer();
  if (status.ok()) return status;
  for (auto& [number, generation] : generations_) {
    generation->weight = before[number];
  }
  hold_.Switch(held_before_ns);
  return status;
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
