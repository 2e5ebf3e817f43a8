// SPDX-License-Identifier: Apache-2.0
//
// The part of Service that has its certificates looked after.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/reconcile/certificate_terms.h"
#include "agent/reconcile/service.h"
#include "base/log.h"

namespace rollout::agent {

certificate::CertificateKeeper& Service::Keeper() {
  if (keeper_ == nullptr) {
    keeper_ = std::make_unique<certificate::CertificateKeeper>(
        &around_.files, &around_.clock,
        [this](std::vector<certificate::CertificateState> states) {
          loop_.Post([this, states = std::move(states)] {
            certificates_ = states;
            events_.on_changed();
          });
        });
  }
  return *keeper_;
}

std::string Service::CertificatesDirectory() const {
  return directory_ + "/certificates";
}

void Service::FollowCertificates() {
  const GenerationRecord* serving = Serving();
  for (const auto& [number, record] : generations_) {
    if (serving == nullptr && record.shim.pid() != 0) serving = &record;
  }
  const v1::Revision* revision =
      serving == nullptr ? nullptr : Template(serving->shim.revision());
  if (keeper_ == nullptr &&
      (revision == nullptr || revision->service().certificates().empty())) {
    return;
  }
  // Most of what a shim tells changes nothing here.
  std::string followed = revision == nullptr ? "" : revision->id();
  for (const auto& [number, record] : generations_) {
    if (!ServesCertificates(record)) continue;
    absl::StrAppend(&followed, " ", number, ":", record.shim.pid());
  }
  if (followed == followed_) return;
  followed_ = followed;
  if (revision == nullptr) {
    Keeper().Follow({});
    return;
  }
  auto terms = BuildCertificateTerms(around_.host, revision->service(),
                                     CertificatesDirectory());
  if (!terms.ok()) {
    LogWarning("service ", name_, ": ", terms.status().message());
    return;
  }
  for (certificate::CertificateTerms& each : *terms) AddServers(&each);
  Keeper().Follow(*std::move(terms));
}

bool Service::ServesCertificates(const GenerationRecord& record) const {
  return record.shim.pid() != 0 && record.shim.all_endpoints_listen() &&
         !record.shim.draining() && record.failure.empty() &&
         Template(record.shim.revision()) != nullptr;
}

void Service::AddServers(certificate::CertificateTerms* terms) const {
  for (const auto& [number, record] : generations_) {
    if (!ServesCertificates(record)) continue;
    auto server = BuildServer(
        around_.host,
        StartOf(*Template(record.shim.revision()),
                static_cast<int64_t>(record.shim.attempt()), number),
        record.shim, shim_pid_, terms->name);
    if (server.ok()) {
      terms->servers.push_back(*std::move(server));
    } else if (!absl::IsNotFound(server.status())) {
      LogWarning("service ", name_, ": generation ", number, ": ",
                 server.status().message());
    }
  }
}

}  // namespace rollout::agent
