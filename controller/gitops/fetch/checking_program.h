// SPDX-License-Identifier: Apache-2.0
//
// Runs a program that checks a signature.

#ifndef CONTROLLER_GITOPS_FETCH_CHECKING_PROGRAM_H_
#define CONTROLLER_GITOPS_FETCH_CHECKING_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout::gitops {

struct CheckingProgram {
  // The first is an absolute path.
  std::vector<std::string> arguments;
  // The file that is its standard input.
  std::string input = "/dev/null";
  // Its HOME.
  std::string home;
  // The one it is in.
  absl::string_view package;
};

// Its output. What it thinks of the signature is there, whatever it exits with.
// FailedPrecondition: it is not installed. Unavailable: it did not come to an
// end.
absl::StatusOr<std::string> RunCheckingProgram(const CheckingProgram& program);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_CHECKING_PROGRAM_H_
