// SPDX-License-Identifier: Apache-2.0
//
// spec.service.upgrade of a manifest, of handover signal, and what such a
// service can't have.

#ifndef CONTROLLER_MANIFEST_UPGRADE_READER_H_
#define CONTROLLER_MANIFEST_UPGRADE_READER_H_

#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// Reads `upgrade` of the map of the service; all else of `service` was read
// before. Reports what is wrong; the result is meaningless then.
void ReadUpgrade(YamlMap& map, v1::ServiceTemplate* service);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_UPGRADE_READER_H_
