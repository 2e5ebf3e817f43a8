// SPDX-License-Identifier: Apache-2.0
//
// From the certificates of a template to what is kept of them on this host.

#ifndef AGENT_RECONCILE_CERTIFICATE_TERMS_H_
#define AGENT_RECONCILE_CERTIFICATE_TERMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/certificate/kept_certificate.h"
#include "agent/certificate/server_contact.h"
#include "agent/reconcile/start_request.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::agent {

// Those of `service`, without servers; copies are kept below `directory`.
// InvalidArgument: names the field that is wrong on this host, and the remedy.
absl::StatusOr<std::vector<certificate::CertificateTerms>>
BuildCertificateTerms(const v1::HostInfo& host,
                      const v1::ServiceTemplate& service,
                      const std::string& directory);

// A generation that serves the certificate `name` of its own template; `shim`
// is the process that has started it. NotFound: its template has none of that
// name. InvalidArgument as above.
absl::StatusOr<certificate::Server> BuildServer(
    const v1::HostInfo& host, const Start& start,
    const shim::v1::Generation& told, pid_t shim, const std::string& name);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_CERTIFICATE_TERMS_H_
