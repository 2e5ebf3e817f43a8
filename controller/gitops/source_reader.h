// SPDX-License-Identifier: Apache-2.0
//
// The sources in the controller's configuration. See docs/formats/gitops.md.

#ifndef CONTROLLER_GITOPS_SOURCE_READER_H_
#define CONTROLLER_GITOPS_SOURCE_READER_H_

#include <vector>

#include "base/yaml_reader.h"
#include "controller/gitops/source_settings.h"

namespace rollout::gitops {

// The list `value`, absent: none. Errors are reported to it, with their places.
std::vector<SourceSettings> ReadSources(const YamlValue& value);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SOURCE_READER_H_
