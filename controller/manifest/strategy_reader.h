// SPDX-License-Identifier: Apache-2.0
//
// spec.strategy of a manifest: how a revision reaches the hosts.

#ifndef CONTROLLER_MANIFEST_STRATEGY_READER_H_
#define CONTROLLER_MANIFEST_STRATEGY_READER_H_

#include "absl/time/time.h"
#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// A host must be able to get there before its deadline: `startup_timeout` is
// the service's. Reports what is wrong; the result is meaningless then.
v1::Strategy ReadStrategy(const YamlValue& value,
                          absl::Duration startup_timeout);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_STRATEGY_READER_H_
