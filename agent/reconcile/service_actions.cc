// SPDX-License-Identifier: Apache-2.0
//
// The acting half of Service: what a decision asks for, done.

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/decide/restart_policy.h"
#include "agent/reconcile/certificate_terms.h"
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
  if (found != generations_.end()) {
    found->second.failure = failure.reason;
    FollowProbes(&found->second);
  }
}

void Service::TellGivenUp(const Failure& failure) {
  LogWarning("service ", name_, ": generation ", failure.generation, " (",
             failure.revision, ") failed: ", failure.reason,
             failure.final ? "" : "; it is started again");
  recorder_.Fail(failure.generation, failure.reason);
  ShowServingArtifact();
  events_.on_changed();
}

void Service::Reject(const std::string& reason, int64_t generation, bool final,
                     WantedRevision* wanted) {
  RecordFailure(reason, generation, final, Now(), wanted);
  if (final) events_.on_state();
  events_.on_changed();
}

void Service::SetWeights(const Weights& weights) {
  // One that takes its clients back may read its files again.
  if (!weights.empty()) ShowArtifactOf(weights.begin()->first);
  shim::v1::Request request;
  shim::v1::SetWeightsRequest& set = *request.mutable_set_weights();
  for (const auto& [generation, permille] : weights) {
    shim::v1::Weight* weight = set.add_weights();
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
  absl::StatusOr<std::vector<certificate::CertificateTerms>> certificates =
      BuildCertificateTerms(around_.host, known->service(),
                            CertificatesDirectory());
  certificate::CertificateKeeper* keeper =
      known->service().certificates().empty() ? nullptr : &Keeper();
  fetcher_.Post([this, revision, artifact = known->service().artifact(),
                 certificates = std::move(certificates), keeper] {
    absl::StatusOr<std::string> path = around_.artifacts.Fetch(artifact);
    absl::Status status = WithContext(path.status(), "artifact");
    if (status.ok()) status = certificates.status();
    if (status.ok() && keeper != nullptr)
      status = keeper->Prepare(*certificates);
    if (!status.ok()) path = status;
    loop_.Post([this, revision, path] { OnFetched(revision, path); });
  });
}

void Service::OnFetched(const std::string& revision,
                        const absl::StatusOr<std::string>& path) {
  WantedRevision* wanted = wanted_.Find(revision);
  if (wanted == nullptr) return;
  wanted->fetch_took = Now() - wanted->fetch_began;
  const std::string problem(path.status().message());
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
  // The shim tells of its end before it answers.
  const std::string directory = PrivateDirectory(generation);
  shim::v1::Request request;
  request.mutable_forget()->set_generation(generation);
  shim_.Send(std::move(request),
             [this, generation, directory](const absl::Status& status) {
               if (!status.ok() && !absl::IsNotFound(status)) {
                 forgetting_.erase(generation);
                 LogWarning("service ", name_, ": generation ", generation,
                            " not forgotten: ", status.message());
                 AskForPass(kAskAgainAfter);
                 return;
               }
               RemoveDirectory(directory);
               events_.on_generation_ended();
               AskForPass();
             });
}

void Service::RemoveDirectory(const std::string& path) {
  for (const auto& [number, record] : generations_) {
    if (forgetting_.count(number) == 0 && PrivateDirectory(number) == path) {
      return;
    }
  }
  disk_.Do(absl::StrCat("service ", name_, ": ", path, " not removed"),
           [path](FileSystem& files) { return files.RemoveAll(path); });
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

bool Service::CanDoWithout(const WantedRevision& wanted) const {
  if (Serving() != nullptr) return true;
  return IsExclusive(wanted.revision) && wanted_.HasOther(wanted.revision);
}

bool Service::IsExclusive(const std::string& revision) const {
  const v1::Revision* known = Template(revision);
  const WantedRevision* wanted = wanted_.Find(revision);
  return (wanted != nullptr && wanted->takes_turn) ||
         (known != nullptr && known->service().handover() == v1::EXCLUSIVE);
}

}  // namespace rollout::agent
