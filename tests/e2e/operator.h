// SPDX-License-Identifier: Apache-2.0
//
// What an operator does, done as an operator does it: through rolloutctl.

#ifndef TESTS_E2E_OPERATOR_H_
#define TESTS_E2E_OPERATOR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/connection.h"

namespace rollout::e2e {

// What a command ended with.
struct Told {
  int exit_code = 0;
  std::string output;
};

// How a rollout ended, as rolloutctl's exit codes say it.
enum class End { kDone = 0, kFailed = 2, kRolledBack = 3, kTimedOut = 4 };

// Not thread-safe.
class Operator {
 public:
  // `certificates` holds NAME.crt, NAME.key and ca.crt of the operator.
  Operator(std::string rolloutctl, std::string controller,
           std::string certificates, std::string name)
      : rolloutctl_(std::move(rolloutctl)),
        controller_(std::move(controller)),
        certificates_(std::move(certificates)),
        name_(std::move(name)) {}

  // Runs rolloutctl with these arguments, for a minute at most. An error: it
  // could not be run, or took longer.
  absl::StatusOr<Told> Run(std::vector<std::string> arguments) const;

  // The words of that command, for one that runs beside the test.
  std::vector<std::string> CommandLine(
      std::vector<std::string> arguments) const;

  // Applies a manifest; an error carries what rolloutctl said.
  absl::Status Apply(absl::string_view manifest) const;

  // Follows the plan's newest rollout to its end.
  absl::StatusOr<End> Follow(absl::string_view plan,
                             absl::Duration limit) const;

  // `kind` as rolloutctl names it: "swaps", "hosts". `plan` empty: of all.
  absl::StatusOr<v1::ListResponse> List(absl::string_view kind,
                                        absl::string_view plan = "") const;

  absl::StatusOr<v1::PlanStatus> Status(absl::string_view plan) const;

  // For who calls the controller without rolloutctl.
  ctl::ConnectionFlags flags() const;

 private:
  const std::string rolloutctl_;
  const std::string controller_;
  const std::string certificates_;
  const std::string name_;
};

}  // namespace rollout::e2e

#endif  // TESTS_E2E_OPERATOR_H_
