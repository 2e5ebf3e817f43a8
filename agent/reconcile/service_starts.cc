// SPDX-License-Identifier: Apache-2.0
//
// How a generation of Service comes to be: started, or taken in as it runs.

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/reconcile/service.h"
#include "agent/reconcile/upgrade_request.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::agent {

void Service::StartGeneration(const std::string& revision) {
  WantedRevision* wanted = wanted_.Find(revision);
  const v1::Revision* known = Template(revision);
  if (known != nullptr && MustTakeTurn(*known)) {
    wanted->takes_turn = true;
    AskForPass();
    return;
  }
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
  beginning.handover = HandoverOf(*start);
  beginning.began -= wanted->fetch_took;
  beginning.fetch = std::exchange(wanted->fetch_took, absl::ZeroDuration());
  if (adopt_ && generations_.empty()) {
    AdoptOrStart(*std::move(start));
  } else {
    SendStart(*std::move(start));
  }
  recorder_.Begin(beginning, around_.clock.Now() - (Now() - beginning.began));
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
  Start start = StartOf(*revision, wanted.attempt, number);
  const GenerationRecord* old = Upgradable(*revision);
  if (old != nullptr) start.private_directory = old->shim.private_directory();
  ASSIGN_OR_RETURN(shim::v1::StartRequest request,
                   BuildStartRequest(around_.host, around_.controllers, start));
  RETURN_IF_ERROR(NameMainProcess(around_.host, start, &request));
  if (old != nullptr) RETURN_IF_ERROR(MakeUpgrade(*old, start, &request));
  if (!request.group_limits().empty() && !shim_takes_limits_) {
    return absl::FailedPreconditionError(
        "spec.service.limits: the shim of this service is of an older version "
        "and sets none: end the service on this host, so that a new shim is "
        "started, or take the limits out of the plan");
  }
  RETURN_IF_ERROR(CheckFits(*revision));
  RETURN_IF_ERROR(around_.files.MakeDirectories(start.private_directory));
  RETURN_IF_ERROR(ShowArtifact(*revision));
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
  ShowServingArtifact();
  RemoveDirectory(PrivateDirectory(number));
  if (WantedRevision* wanted = wanted_.Find(revision)) {
    LogWarning("service ", name_, ": generation ", number, " (", revision,
               ") not started: ", status.message());
    Reject(std::string(status.message()), number, CanDoWithout(*wanted),
           wanted);
  }
  events_.on_changed();
  AskForPass();
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

Start Service::StartOf(const v1::Revision& revision, int64_t attempt,
                       int64_t generation) const {
  Start start{revision, attempt, generation, "", "", "", "", "", ""};
  start.artifact_path =
      IsByUpgrade(revision.id())
          ? LastingArtifact()
          : around_.artifacts.PathOf(revision.service().artifact());
  start.private_directory = PrivateDirectory(generation);
  start.output_file = absl::StrCat(directory_, "/output.log");
  start.certificates_directory = CertificatesDirectory();
  start.group_name = GroupName(generation);
  if (!around_.control_group.empty()) {
    start.control_group =
        absl::StrCat(around_.control_group, "/", start.group_name);
  }
  return start;
}

}  // namespace rollout::agent
