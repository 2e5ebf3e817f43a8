// SPDX-License-Identifier: Apache-2.0
//
// Reads spec.output: how what a service writes is kept on its hosts.

#ifndef CONTROLLER_MANIFEST_OUTPUT_READER_H_
#define CONTROLLER_MANIFEST_OUTPUT_READER_H_

#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// With every default written out; errors go to the value's YamlErrors.
v1::OutputPolicy ReadOutput(const YamlValue& value);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_OUTPUT_READER_H_
