// SPDX-License-Identifier: Apache-2.0
//
// The kinds of names in a manifest, each with the error for a bad one.

#ifndef CONTROLLER_MANIFEST_NAMES_H_
#define CONTROLLER_MANIFEST_NAMES_H_

#include <string>

#include "base/yaml_reader.h"

namespace rollout::manifest {

// Each returns the text of `value`; where that is no such name, the error has
// been reported.

// Of a plan or an endpoint: a-z, 0-9 and '-', begins and ends with a letter or
// digit, at most 63.
std::string ReadName(const YamlValue& value);
// Of a user or group: as useradd(8) takes it. Absent: empty.
std::string ReadAccount(const YamlValue& value);
// Of a signal that ends a process, without SIG. Absent: `fallback`.
std::string ReadSignal(const YamlValue& value, absl::string_view fallback);

// Reports a name of an environment variable that can't be one, or that is ours
// to set.
void CheckVariableName(const YamlValue& value, absl::string_view name);
// Reports a name of a limit that setrlimit(2) does not know.
void CheckLimitName(const YamlValue& value, absl::string_view name);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_NAMES_H_
