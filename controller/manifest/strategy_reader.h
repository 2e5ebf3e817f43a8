// SPDX-License-Identifier: Apache-2.0
//
// spec.strategy of a manifest: how a revision reaches the hosts.

#ifndef CONTROLLER_MANIFEST_STRATEGY_READER_H_
#define CONTROLLER_MANIFEST_STRATEGY_READER_H_

#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// `service` must be able to change by it: a host gets there before its
// deadline, and may be out of service where its handover needs that. Reports
// what is wrong; the result is meaningless then.
v1::Strategy ReadStrategy(const YamlValue& value,
                          const v1::ServiceTemplate& service);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_STRATEGY_READER_H_
