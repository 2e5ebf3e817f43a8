// SPDX-License-Identifier: Apache-2.0
//
// The acting half of Service: what a decision asks for, done.

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/decide/restart_policy.h"
#include "agent/reconcile/service.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

// After a request the shim refused: what it knows and we do not comes with its
// next status, usually sooner.
constexpr absl::Duration kAskAgainAfter = absl::Milliseconds(200);

}  // namespace

void Service::KeepOutput() {
  output::RotationPolicy policy;
  // What is not said, in a part or all of it, is as by default.
  if (output_.rotate_size() > 0) policy.size = output_.rotate_size();
  if (output_.has_rotate_every()) {
    policy.every = FromProto(output_.rotate_every());
  }
  if (output_.keep() > 0) policy.keep = static_cast<int>(output_.keep());
  around_.rotations.Keep(directory_, policy);
}

void Service::GiveUp(const Failure& failure) {
  LogWarning("service ", name_, ": generation ", failure.generation, " (",
             failure.revision, ") failed: ", failure.reason,
             failure.final ? "" : "; it is started again");
  auto found = generations_.find(failure.generation);
  WantedRevision* wanted = wanted_.Find(failure.revision);
  if (wanted != nullptr) {
    if (found != generations_.end() &&
        found->second.ready_since > absl::ZeroDuration() &&
        Now() - found->second.ready_since >= kSteadyAfter) {
      wanted->failures = 0;
    }
    Reject(failure.reason, failure.generation, failure.final, wanted);
  }
  recorder_.Fail(failure.generation, failure.reason);
  if (found != generations_.end()) {
    found->second.failure = failure.reason;
    FollowProbes(&found->second);
  }
  events_.on_changed();
  AskForPass();
}

void Service::Reject(const std::string& reason, int64_t generation, bool final,
                     WantedRevision* wanted) {
  RecordFailure(reason, generation, final, Now(), wanted);
  if (final) events_.on_state();
  events_.on_changed();
}

void Service::SetWeights(const Weights& weights) {
  shim::v1::Request request;
  for (const auto& [generation, permille] : weights) {
    shim::v1::Weight* weight = request.mutable_set_weights()->add_weights();
    weight->set_generation(generation);
    weight->set_permille(permille);
  }
  shim_.Send(std::move(request), [this](const absl::Status& status) {
    if (!status.ok()) {
      LogWarning("service ", name_, ": weights not set: ", status.message());
    }
    AskForPass(status.ok() ? absl::ZeroDuration() : kAskAgainAfter);
  });
}

void Service::Hold(const std::string& revision) {
  shim::v1::Request request;
  request.mutable_hold();
  shim_.Send(std::move(request), [this, revision](const absl::Status& status) {
    WantedRevision* wanted = wanted_.Find(revision);
    if (status.ok() || wanted == nullptr || absl::IsUnavailable(status)) {
      AskForPass(status.ok() ? absl::ZeroDuration() : kAskAgainAfter);
      return;
    }
    Reject(absl::StrCat("clients can't be made to wait for it: ",
                        status.message()),
           0, true, wanted);
    AskForPass();
  });
}

void Service::Fetch(const std::string& revision) {
  WantedRevision* wanted = wanted_.Find(revision);
  const v1::Revision* known = Template(revision);
  if (known == nullptr) {
    Reject("the assignment holds no template of it", 0, true, wanted);
    return;
  }
  wanted->artifact = ArtifactState::kFetching;
  wanted->fetch_began = Now();
  events_.on_changed();
  fetcher_.Post([this, revision, artifact = known->service().artifact()] {
    absl::StatusOr<std::string> path = around_.artifacts.Fetch(artifact);
    loop_.Post([this, revision, path] { OnFetched(revision, path); });
  });
}

void Service::OnFetched(const std::string& revision,
                        const absl::StatusOr<std::string>& path) {
  WantedRevision* wanted = wanted_.Find(revision);
  if (wanted == nullptr) return;
  wanted->fetch_took = Now() - wanted->fetch_began;
  const std::string problem =
      absl::StrCat("artifact: ", path.status().message());
  if (path.ok()) {
    wanted->artifact = ArtifactState::kPresent;
    wanted->fetch_problem.clear();
    wanted->fetch_tries = 0;
  } else {
    LogWarning("service ", name_, ": ", revision, ": ", problem);
    wanted->artifact = ArtifactState::kMissing;
    if (absl::IsUnavailable(path.status())) {
      // The source may come back; how long that may take is the host's
      // deadline, which the controller keeps.
      wanted->fetch_problem = problem;
      wanted->not_before = Now() + RestartDelay(++wanted->fetch_tries);
    } else {
      Reject(problem, 0, CanDoWithout(*wanted), wanted);
    }
  }
  events_.on_changed();
  AskForPass();
}

void Service::StartGeneration(const std::string& revision) {
  WantedRevision* wanted = wanted_.Find(revision);
  // Not used again, should this come to nothing: its directory may go later.
  const int64_t number = ++last_generation_;
  absl::StatusOr<shim::v1::StartRequest> start = PrepareStart(*wanted, number);
  if (!start.ok()) {
    OnStarted(revision, number, start.status());
    return;
  }
  starting_ = number;
  SwapBeginning beginning;
  beginning.attempt = wanted->attempt;
  beginning.began = Now();
  if (const GenerationRecord* old = Replaced()) {
    // Had to go first.
    if (holding_) beginning.began = FromShim(old->shim.times().retired_ns());
    beginning.old_generation = static_cast<int64_t>(old->shim.number());
    beginning.old_revision = old->shim.revision();
  }
  beginning.new_generation = number;
  beginning.new_revision = revision;
  beginning.handover = Template(revision)->service().handover();
  beginning.began -= wanted->fetch_took;
  beginning.fetch = std::exchange(wanted->fetch_took, absl::ZeroDuration());
  if (adopt_ && generations_.empty()) {
    AdoptOrStart(*std::move(start));
  } else {
    SendStart(*std::move(start));
  }
  recorder_.Begin(beginning, around_.clock.Now());
  KeepNumber(number);
}

void Service::SendStart(shim::v1::StartRequest start) {
  const std::string revision = start.revision();
  const int64_t number = static_cast<int64_t>(start.generation());
  shim::v1::Request request;
  *request.mutable_start() = std::move(start);
  shim_.Send(std::move(request),
             [this, revision, number](const absl::Status& status) {
               OnStarted(revision, number, status);
             });
}

void Service::AdoptOrStart(shim::v1::StartRequest start) {
  shim::v1::Request request;
  *request.mutable_adopt() = BuildAdoptRequest(start, adopt_->pid());
  shim_.Send(std::move(request), [this, start](const absl::Status& status) {
    if (absl::IsNotFound(status)) return SendStart(start);
    const std::string context = "what listens there can't be adopted";
    OnStarted(
        start.revision(), static_cast<int64_t>(start.generation()),
        absl::IsUnavailable(status) ? status : WithContext(status, context));
  });
}

absl::StatusOr<shim::v1::StartRequest> Service::PrepareStart(
    const WantedRevision& wanted, int64_t number) {
  const v1::Revision* revision = Template(wanted.revision);
  if (revision == nullptr) {
    return absl::InternalError("the assignment holds no template of it");
  }
  const Start start = StartOf(*revision, wanted.attempt, number);
  ASSIGN_OR_RETURN(shim::v1::StartRequest request,
                   BuildStartRequest(around_.host, around_.controllers, start));
  if (!request.group_limits().empty() && !shim_takes_limits_) {
    return absl::FailedPreconditionError(
        "spec.service.limits: the shim of this service is of an older version "
        "and sets none: end the service on this host, so that a new shim is "
        "started, or take the limits out of the plan");
  }
  RETURN_IF_ERROR(CheckFits(*revision));
  RETURN_IF_ERROR(around_.files.MakeDirectories(start.private_directory));
  return request;
}

void Service::KeepNumber(int64_t number) {
  // The shim counts too, as long as it lives: a full disk is no reason not to
  // start what crashed.
  disk_.Do(absl::StrCat("service ", name_, ": last generation not kept"),
           [path = absl::StrCat(directory_, "/last_generation"),
            number](FileSystem& files) {
             return files.WriteAtomically(path, absl::StrCat(number));
           });
}

void Service::OnStarted(const std::string& revision, int64_t number,
                        const absl::Status& status) {
  if (status.ok()) {
    // A status that shows it follows; until then no pass.
    AskForPass();
    return;
  }
  starting_ = 0;
  if (absl::IsUnavailable(status)) {
    // The connection broke; the shim may have done it. Its next status tells.
    recorder_.Doubt(number);
    return;
  }
  recorder_.Fail(number, std::string(status.message()));
  RemoveDirectory(number);
  if (WantedRevision* wanted = wanted_.Find(revision)) {
    LogWarning("service ", name_, ": generation ", number, " (", revision,
               ") not started: ", status.message());
    Reject(std::string(status.message()), number, CanDoWithout(*wanted),
           wanted);
  }
  events_.on_changed();
  AskForPass();
}

void Service::Drain(int64_t generation) {
  // What it has used is known to nobody once it is gone, but to its groups.
  Measure();
  const GenerationRecord& record = generations_.at(generation);
  const v1::Revision* revision = Template(record.shim.revision());
  shim::v1::Request request;
  *request.mutable_drain() = BuildDrainRequest(
      revision == nullptr ? v1::ServiceTemplate() : revision->service(),
      generation);
  shim_.Send(std::move(request),
             [this, generation](const absl::Status& status) {
               if (!status.ok()) {
                 LogWarning("service ", name_, ": generation ", generation,
                            " not drained: ", status.message());
               }
               AskForPass(status.ok() ? absl::ZeroDuration() : kAskAgainAfter);
             });
}

void Service::Forget(int64_t generation) {
  forgetting_.insert(generation);
  // Not before what the shim told of it is on the disk: nobody tells it again.
  disk_.Then([this, generation] {
    loop_.Post([this, generation] { SendForget(generation); });
  });
}

void Service::SendForget(int64_t generation) {
  shim::v1::Request request;
  request.mutable_forget()->set_generation(generation);
  shim_.Send(std::move(request),
             [this, generation](const absl::Status& status) {
               if (!status.ok() && !absl::IsNotFound(status)) {
                 forgetting_.erase(generation);
                 LogWarning("service ", name_, ": generation ", generation,
                            " not forgotten: ", status.message());
                 AskForPass(kAskAgainAfter);
                 return;
               }
               RemoveDirectory(generation);
               events_.on_generation_ended();
               AskForPass();
             });
}

void Service::RemoveDirectory(int64_t generation) {
  disk_.Do(absl::StrCat("service ", name_, ": directory of generation ",
                        generation, " not removed"),
           [path = absl::StrCat(directory_, "/generations/", generation)](
               FileSystem& files) { return files.RemoveAll(path); });
}

const GenerationRecord* Service::Serving() const {
  const GenerationRecord* serving = nullptr;
  for (const auto& [number, record] : generations_) {
    if (record.shim.weight() > 0 &&
        (serving == nullptr ||
         record.shim.weight() >= serving->shim.weight())) {
      serving = &record;
    }
  }
  return serving;
}

const GenerationRecord* Service::Replaced() const {
  const GenerationRecord* replaced = Serving();
  if (replaced != nullptr || !holding_) return replaced;
  for (const auto& [number, record] : generations_) {
    const uint64_t retired = record.shim.times().retired_ns();
    if (retired != 0 && (replaced == nullptr ||
                         retired > replaced->shim.times().retired_ns())) {
      replaced = &record;
    }
  }
  return replaced;
}

bool Service::CanDoWithout(const WantedRevision& wanted) const {
  if (Serving() != nullptr) return true;
  return IsExclusive(wanted.revision) && wanted_.HasOther(wanted.revision);
}

bool Service::IsExclusive(const std::string& revision) const {
  const v1::Revision* known = Template(revision);
  return known != nullptr && known->service().handover() == v1::EXCLUSIVE;
}

Start Service::StartOf(const v1::Revision& revision, int64_t attempt,
                       int64_t generation) const {
  Start start{revision, attempt, generation, "", "", "", "", ""};
  start.artifact_path = around_.artifacts.PathOf(revision.service().artifact());
  start.private_directory =
      absl::StrCat(directory_, "/generations/", generation);
  start.output_file = absl::StrCat(directory_, "/output.log");
  start.group_name = GroupName(generation);
  if (!around_.control_group.empty()) {
    start.control_group =
        absl::StrCat(around_.control_group, "/", start.group_name);
  }
  return start;
}

}  // namespace rollout::agent
