// SPDX-License-Identifier: Apache-2.0
//
// The files of deploy/, with other paths than those of an installation.

#ifndef TESTS_DEPLOY_DEPLOYED_FILE_H_
#define TESTS_DEPLOY_DEPLOYED_FILE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout::deploy {

// What stands in the file, and what is to stand there instead.
using Replacements = std::vector<std::pair<std::string, std::string>>;

// The text of deploy/`path` with every replacement made, in their order.
// FailedPrecondition: one has nothing to replace; a test that changes nothing
// proves nothing.
absl::StatusOr<std::string> DeployedFile(absl::string_view path,
                                         const Replacements& replacements);

}  // namespace rollout::deploy

#endif  // TESTS_DEPLOY_DEPLOYED_FILE_H_
