// SPDX-License-Identifier: Apache-2.0
//
// From a revision's template to what the shim takes: host values put in, names
// turned into numbers, everything resolved.

#ifndef AGENT_RECONCILE_START_REQUEST_H_
#define AGENT_RECONCILE_START_REQUEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/probe/probe_runner.h"
#include "agent/reconcile/host_values.h"
#include "agent/resources/controllers.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::agent {

// One start of a revision.
struct Start {
  const v1::Revision& revision;
  int64_t attempt = 0;
  int64_t generation = 0;
  // What ${artifact} stands for.
  std::string artifact_path;
  // The generation's own directory.
  std::string private_directory;
  std::string output_file;
  // Path of the one to be made for it; empty: none.
  std::string control_group;
  // What its groups of version 1 are called.
  std::string group_name;
  // Holds a directory for each certificate of the service.
  std::string certificates_directory = {};
};

// The values a template may use in this start.
HostValues ValuesOfStart(const v1::HostInfo& host, const Start& start);

// InvalidArgument: names the field of the template that is wrong on this host,
// and the remedy. FailedPrecondition: this host can't limit it so.
absl::StatusOr<shim::v1::StartRequest> BuildStartRequest(
    const v1::HostInfo& host, const Controllers& controllers,
    const Start& start);

// To take in what listens on the endpoints of `start` already, in its place.
// `pid`: its main process; 0: to be found out.
shim::v1::AdoptRequest BuildAdoptRequest(const shim::v1::StartRequest& start,
                                         int32_t pid);

// Whom to ask whether the generation is ready, or well: `probe` is one of the
// template's, `mark` the generation's. Errors as above.
absl::StatusOr<probe::ProbeTarget> BuildProbeTarget(const v1::HostInfo& host,
                                                    const Start& start,
                                                    const v1::Probe& probe,
                                                    uint32_t mark);

// Words in front of a command of the template that make it run as the user of
// the service: what comes from a plan gets no more rights than its service.
// InvalidArgument: there is no such user here.
absl::StatusOr<std::vector<std::string>> RunAsUser(
    const v1::ServiceTemplate& service);

// How the shim ends a generation of `service`. What a template does not say, or
// says in words of a newer controller, is TERM, and 30 s.
shim::v1::DrainRequest BuildDrainRequest(const v1::ServiceTemplate& service,
                                         int64_t generation);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_START_REQUEST_H_
