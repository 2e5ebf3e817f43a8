// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/checking_program.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/subprocess.h"

namespace rollout::gitops {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(30);
constexpr size_t kOutputBytes = 64 << 10;

}  // namespace

absl::StatusOr<std::string> RunCheckingProgram(const CheckingProgram& program) {
  Command command;
  command.arguments = program.arguments;
  command.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8",
                         "HOME=" + program.home};
  command.input = program.input;
  command.timeout = kTimeout;
  command.output_limit = kOutputBytes;
  absl::StatusOr<CommandResult> result = RunCommand(command);
  if (absl::IsNotFound(result.status())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "signatures of this kind are checked with ", program.arguments[0],
        ", which is not here: apt-get "
        "install ",
        program.package));
  }
  if (!result.ok()) return result.status();
  if (result->end != CommandResult::End::kExited) {
    return absl::UnavailableError(absl::StrCat(program.arguments[0],
                                               " was ended after ",
                                               absl::FormatDuration(kTimeout)));
  }
  return result->output;
}

}  // namespace rollout::gitops
