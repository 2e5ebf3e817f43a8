// SPDX-License-Identifier: Apache-2.0
//
// Which ${...} a string of a manifest may hold, by its place.

#ifndef CONTROLLER_MANIFEST_HOST_VALUES_H_
#define CONTROLLER_MANIFEST_HOST_VALUES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/yaml_reader.h"

namespace rollout::manifest {

enum class HostValueScope {
  // What is the same for all generations on a host: an endpoint's address.
  kHost,
  // Also what belongs to the generation: command, environment, directory.
  kGeneration,
  // Also ${probe.address}.
  kProbe,
};

// Reports every ${...} in `text`, the text of `value`, that is not known in
// the scope, with the ones that are. `listeners`: names whose descriptors the
// generation is given.
void CheckHostValues(const YamlValue& value, absl::string_view text,
                     HostValueScope scope,
                     const std::vector<std::string>& listeners = {});

// Whether hosts may have a label of this name: letters, digits, '-', '_', '.'
// and '/', at most 63.
bool IsLabelName(absl::string_view name);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_HOST_VALUES_H_
