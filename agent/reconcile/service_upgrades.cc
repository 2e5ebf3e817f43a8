// SPDX-License-Identifier: Apache-2.0
//
// Services that upgrade themselves (handover signal): which generation starts
// its successor, and what both find under one path.

#include "absl/strings/str_cat.h"
#include "agent/reconcile/service.h"
#include "agent/reconcile/upgrade_request.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

constexpr uint32_t kWholeWeight = 1000;

bool UpgradesItself(const v1::Revision* revision) {
  return revision != nullptr && revision->service().handover() == v1::SIGNAL;
}

}  // namespace

bool Service::IsByUpgrade(const std::string& revision) const {
  return UpgradesItself(Template(revision));
}

v1::Handover Service::HandoverOf(const shim::v1::StartRequest& start) const {
  const v1::Handover planned = Template(start.revision())->service().handover();
  if (IsExclusive(start.revision())) return v1::EXCLUSIVE;
  if (planned != v1::SIGNAL || start.handover() == shim::v1::SIGNAL) {
    return planned;
  }
  // Nobody was there to start it.
  return start.handover() == shim::v1::ACTIVATION ? v1::ACTIVATION
                                                  : v1::INTERCEPT;
}

bool Service::HasHeir(const GenerationRecord& record) const {
  if (!record.shim.shares_listeners()) return false;
  for (const auto& [number, other] : generations_) {
    if (other.shim.shares_listeners() &&
        other.shim.number() > record.shim.number()) {
      return true;
    }
  }
  return false;
}

bool Service::IsRestless(const GenerationRecord& record) const {
  if (!record.shim.shares_listeners() || record.shim.weight() > 0 ||
      !HasServed(record)) {
    return false;
  }
  // That of the successor says how its predecessor is told.
  const GenerationRecord* serving = Serving();
  const v1::Revision* revision =
      serving == nullptr ? nullptr : Template(serving->shim.revision());
  return UpgradesItself(revision) &&
         revision->service().upgrade().retire().empty();
}

const GenerationRecord* Service::Upgradable(
    const v1::Revision& revision) const {
  const GenerationRecord* old = Serving();
  if (!UpgradesItself(&revision) || !shim_knows_upgrades_ || old == nullptr ||
      !UpgradesItself(Template(old->shim.revision()))) {
    return nullptr;
  }
  const bool can = old->shim.weight() == kWholeWeight && old->shim.pid() != 0 &&
                   !old->shim.draining() && !old->shim.adopted() &&
                   old->ready && old->failure.empty();
  return can ? old : nullptr;
}

absl::Status Service::MakeUpgrade(const GenerationRecord& old,
                                  const Start& start,
                                  shim::v1::StartRequest* fresh) const {
  const v1::Revision& before = *Template(old.shim.revision());
  ASSIGN_OR_RETURN(const shim::v1::StartRequest old_request,
                   BuildStartRequest(
                       around_.host, around_.controllers,
                       StartOf(before, static_cast<int64_t>(old.shim.attempt()),
                               static_cast<int64_t>(old.shim.number()))));
  return TurnIntoUpgrade(start, old_request, fresh);
}

std::string Service::LastingArtifact() const {
  return absl::StrCat(directory_, "/artifact");
}

absl::Status Service::ShowArtifact(const v1::Revision& revision) {
  if (!UpgradesItself(&revision)) return absl::OkStatus();
  return around_.files.ReplaceLink(
      LastingArtifact(),
      around_.artifacts.PathOf(revision.service().artifact()));
}

void Service::ShowServingArtifact() {
  const GenerationRecord* serving = Serving();
  if (serving == nullptr) return;
  ShowArtifactOf(static_cast<int64_t>(serving->shim.number()));
}

void Service::ShowArtifactOf(int64_t generation) {
  auto found = generations_.find(generation);
  const v1::Revision* revision = found == generations_.end()
                                     ? nullptr
                                     : Template(found->second.shim.revision());
  if (revision == nullptr) return;
  absl::Status shown = ShowArtifact(*revision);
  if (!shown.ok()) LogWarning("service ", name_, ": ", shown.message());
}

std::string Service::PrivateDirectory(int64_t generation) const {
  auto found = generations_.find(generation);
  if (found != generations_.end() &&
      !found->second.shim.private_directory().empty()) {
    return found->second.shim.private_directory();
  }
  return absl::StrCat(directory_, "/generations/", generation);
}

}  // namespace rollout::agent
