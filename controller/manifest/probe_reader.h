// SPDX-License-Identifier: Apache-2.0
//
// spec.service.readiness and liveness of a manifest: when a generation may take
// clients, and when it may keep them.

#ifndef CONTROLLER_MANIFEST_PROBE_READER_H_
#define CONTROLLER_MANIFEST_PROBE_READER_H_

#include "base/yaml_reader.h"
#include "controller/manifest/endpoint_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// Absent: a TCP connection to the first of `endpoints`. Reports what is wrong;
// the result is meaningless then.
v1::Probe ReadReadiness(const YamlValue& value, const Endpoints& endpoints);

// The same; not `notify`.
v1::Probe ReadLiveness(const YamlValue& value, const Endpoints& endpoints);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_PROBE_READER_H_
