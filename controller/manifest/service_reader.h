// SPDX-License-Identifier: Apache-2.0
//
// spec.service of a manifest: how one revision is run.

#ifndef CONTROLLER_MANIFEST_SERVICE_READER_H_
#define CONTROLLER_MANIFEST_SERVICE_READER_H_

#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// Reports what is wrong; the result is meaningless then. Every default is
// written out, so that one spelt out makes the same revision.
v1::ServiceTemplate ReadService(const YamlValue& value);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_SERVICE_READER_H_
