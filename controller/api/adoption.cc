// SPDX-License-Identifier: Apache-2.0

#include "controller/api/adoption.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/manifest/host_selector.h"

namespace rollout::api {
namespace {

absl::Status CheckHost(const v1::AdoptRequest& adopt,
                       const std::vector<v1::HostInfo>& hosts,
                       const store::NamedSpec& plan) {
  auto host = std::find_if(
      hosts.begin(), hosts.end(),
      [&](const v1::HostInfo& info) { return info.name() == adopt.host(); });
  if (host == hosts.end()) {
    return absl::NotFoundError(absl::StrCat("there is no host \"", adopt.host(),
                                            "\": see rolloutctl get hosts"));
  }
  if (manifest::Selects(plan.spec.hosts(), *host)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("plan ", plan.plan, " does not select host ", adopt.host(),
                   ": change spec.hosts.matchLabels or the host's labels"));
}

absl::Status CheckPort(const v1::AdoptRequest& adopt,
                       const store::NamedSpec& plan) {
  if (adopt.port() == 0) return absl::OkStatus();
  for (const v1::Endpoint& endpoint : plan.spec.service().endpoints()) {
    if (absl::EndsWith(endpoint.address(), absl::StrCat(":", adopt.port()))) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("plan ", plan.plan, " has no endpoint with port ",
                   adopt.port(), ": name in it what the service listens on"));
}

}  // namespace

absl::Status AddAdoption(const v1::AdoptRequest& adopt,
                         const store::Catalog& catalog,
                         const std::vector<v1::HostInfo>& hosts,
                         std::vector<store::NamedSpec>* specs) {
  if (specs->size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the manifests hold ", specs->size(),
                     " plans: a service is adopted into one"));
  }
  store::NamedSpec& plan = specs->front();
  RETURN_IF_ERROR(CheckHost(adopt, hosts, plan));
  RETURN_IF_ERROR(CheckPort(adopt, plan));
  v1::Strategy& strategy = *plan.spec.mutable_strategy();
  // Every host already, this one among them.
  const bool everywhere = strategy.has_adopt();
  std::optional<store::PlanState> known = catalog.FindPlan(plan.plan);
  if (known && !everywhere) {
    *strategy.mutable_adopt() =
        known->plan.record.plan().spec().strategy().adopt();
  }
  v1::AdoptingHost* entry = nullptr;
  for (v1::AdoptingHost& other : *strategy.mutable_adopt()->mutable_hosts()) {
    if (other.name() == adopt.host()) entry = &other;
  }
  if (entry == nullptr) entry = strategy.mutable_adopt()->add_hosts();
  entry->set_name(adopt.host());
  entry->set_pid(adopt.pid());
  return absl::OkStatus();
}

}  // namespace rollout::api
