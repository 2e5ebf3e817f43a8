// SPDX-License-Identifier: Apache-2.0
//
// spec.strategy.steps of a manifest: what is tried before all hosts change.

#ifndef CONTROLLER_MANIFEST_STEPS_READER_H_
#define CONTROLLER_MANIFEST_STEPS_READER_H_

#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// "3" or "25%".
v1::HostLimit ReadLimit(const YamlValue& value, const v1::HostLimit& fallback);

// Into `strategy`, whose maxSurge has been read; `service` must be one whose
// connections can be shared where a step gives a part of them. Reports what is
// wrong: hosts or weights that fall, a part on more hosts than may be in
// change. Where one step has a number of hosts and another a share, which is
// more shows at the fleet.
void ReadSteps(const YamlValue& value, const v1::ServiceTemplate& service,
               v1::Strategy* strategy);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_STEPS_READER_H_
