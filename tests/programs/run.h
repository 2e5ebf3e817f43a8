// SPDX-License-Identifier: Apache-2.0
//
// A program that does its work and ends.

#ifndef TESTS_PROGRAMS_RUN_H_
#define TESTS_PROGRAMS_RUN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rollout::programs {

// Runs it to its end and returns what it wrote, without the line break at the
// end. Internal, with the command and what it wrote: its exit status is not 0.
absl::StatusOr<std::string> Run(const std::vector<std::string>& arguments,
                                const std::vector<std::string>& environment = {
                                    "PATH=/usr/sbin:/usr/bin:/sbin:/bin"});

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_RUN_H_
