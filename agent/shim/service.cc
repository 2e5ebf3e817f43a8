// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/service.h"

#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/drain_terms.h"
#include "agent/shim/generation_groups.h"
#include "agent/shim/renewal.h"
#include "agent/shim/status.h"
#include "agent/shim/weights.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr uint32_t kProtocolVersion = 1;

}  // namespace

Service::Service(uint32_t mark_base, const Kept& kept, EpollLoop& loop)
    : mark_base_(mark_base),
      kept_(kept),
      loop_(loop),
      executable_(ThisExecutable()),
      output_(kept.memory.output),
      groups_(loop, [this] { SaveState(); }),
      hold_(groups_),
      lifecycle_(mark_base, kept.keeper, generations_, groups_, hold_, loop),
      arrivals_({generations_, groups_, lifecycle_, output_, loop,
                 kept.memory.call, [this] { SaveState(); }}) {}

absl::Status Service::Handle(const v1::Request& request) {
  absl::Status status = Carry(request);
  // What is told to be done is done, whatever happens next.
  SaveState();
  return status;
}

absl::Status Service::Carry(const v1::Request& request) {
  switch (request.kind_case()) {
    case v1::Request::kHello:
      return absl::OkStatus();
    case v1::Request::kStart:
      return arrivals_.Start(request.start());
    case v1::Request::kSetWeights:
      return SetWeights(request.set_weights());
    case v1::Request::kAdopt:
      return arrivals_.Adopt(request.adopt());
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
    case v1::Request::kRenew:
      return Renew(request.renew());
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
  status.set_last_generation(arrivals_.last_generation());
  status.set_lost_output_lines(output_.lost_lines());
  status.set_mark_base(mark_base_);
  status.set_holding(hold_.is_on());
  status.set_takes_group_limits(true);
  status.set_knows_upgrades(true);
  *status.mutable_executable() = executable_;
  status.set_keeper_pid(kept_.keeper);
  status.set_losses(kept_.losses);
  return status;
}

void Service::ReapChildren() {
  // Each is kept before it is forgotten: nobody tells it again.
  siginfo_t info{};
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != 0) {
    OnEnded(info.si_pid, WaitStatusOf(info));
    waitpid(info.si_pid, nullptr, 0);
    info.si_pid = 0;
  }
  const auto untold = kept_.memory.endings.Untold();
  for (const Endings::Ending& ending : untold) {
    OnEnded(ending.process, ending.status);
  }
  kept_.memory.endings.Heard(untold.size());
  lifecycle_.OnReaped();
}

void Service::OnEnded(pid_t process, int exit_status) {
  for (auto& [number, generation] : generations_) {
    if (generation->main != process) continue;
    if (generation->main_ended && !generation->exit_untold) continue;
    generation->exit_untold = false;
    generation->has_forked =
        exit_status == 0 && generation->phase() == Phase::kRunning &&
        generation->times.flip_began_ns() == 0 &&
        !generation->request.upgrade().pid_file().empty() &&
        lifecycle_.succession().HeirOf(*generation) == nullptr;
    generation->main_ended = !generation->has_forked;
    generation->exit_status = exit_status;
    ReadFigures(*generation);
    SaveState();
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
  if (generation.awaited != nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        who, " has not taken a client yet, as far as can be seen: wait"));
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
  // Before it is signalled: its end is no crash then, whoever sees it.
  SaveState();
  lifecycle_.Look();
  return absl::OkStatus();
}

absl::Status Service::Kill(const v1::KillRequest& request) {
  ASSIGN_OR_RETURN(Generation * generation, Find(request.generation()));
  if (generation->phase() >= Phase::kKilled) return absl::OkStatus();
  if (generation->times.drain_began_ns() == 0) {
    generation->times.set_drain_began_ns(NowNs());
  }
  SaveState();  // as above
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
  is_over_ = true;
  loop_.Stop();
  return absl::OkStatus();
}

absl::Status Service::Renew(const v1::RenewRequest& request) {
  RETURN_IF_ERROR(CheckNextProgram(request.program()));
  next_program_ = request.program();
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
