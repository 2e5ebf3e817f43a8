// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/operator.h"

#include <stdlib.h>
#include <sys/wait.h>

#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/subprocess.h"
#include "google/protobuf/util/json_util.h"

namespace rollout::e2e {
namespace {

template <typename Message>
absl::StatusOr<Message> Parse(const Told& told) {
  if (told.exit_code != 0) return absl::UnknownError(told.output);
  Message message;
  auto parsed =
      google::protobuf::util::JsonStringToMessage(told.output, &message);
  if (!parsed.ok()) {
    return absl::DataLossError(
        absl::StrCat(parsed.ToString(), " in: ", told.output));
  }
  return message;
}

}  // namespace

absl::StatusOr<Told> Operator::Run(std::vector<std::string> arguments) const {
  Command command;
  command.arguments = std::move(arguments);
  command.arguments.insert(command.arguments.begin(), rolloutctl_);
  const ctl::ConnectionFlags flags = this->flags();
  command.environment = {
      absl::StrCat("ROLLOUT_CONTROLLER=", flags.controller),
      absl::StrCat("ROLLOUT_CA=", flags.ca),
      absl::StrCat("ROLLOUT_CERTIFICATE=", flags.certificate),
      absl::StrCat("ROLLOUT_KEY=", flags.key),
  };
  command.output_limit = 16 << 20;
  command.timeout = absl::Minutes(3);
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(command));
  if (result.end != CommandResult::End::kExited ||
      !WIFEXITED(result.wait_status)) {
    return absl::DeadlineExceededError(absl::StrCat(
        absl::StrJoin(command.arguments, " "), " ",
        DescribeWaitStatus(result.wait_status), ": ", result.output));
  }
  return Told{WEXITSTATUS(result.wait_status), std::move(result.output)};
}

std::vector<std::string> Operator::CommandLine(
    std::vector<std::string> arguments) const {
  const ctl::ConnectionFlags flags = this->flags();
  arguments.insert(arguments.begin(), rolloutctl_);
  arguments.insert(arguments.end(),
                   {"--controller", flags.controller, "--ca", flags.ca,
                    "--certificate", flags.certificate, "--key", flags.key});
  return arguments;
}

ctl::ConnectionFlags Operator::flags() const {
  const std::string own = absl::StrCat(certificates_, "/", name_);
  ctl::ConnectionFlags flags;
  flags.controller = controller_;
  flags.ca = absl::StrCat(certificates_, "/ca.crt");
  flags.certificate = absl::StrCat(own, ".crt");
  flags.key = absl::StrCat(own, ".key");
  return flags;
}

absl::Status Operator::Apply(absl::string_view manifest) const {
  std::string path = absl::StrCat(certificates_, "/manifest.yaml");
  std::ofstream(path) << manifest << std::flush;
  ASSIGN_OR_RETURN(Told told, Run({"apply", "-f", path}));
  if (told.exit_code != 0) return absl::InvalidArgumentError(told.output);
  return absl::OkStatus();
}

absl::StatusOr<End> Operator::Follow(absl::string_view plan,
                                     absl::Duration limit) const {
  ASSIGN_OR_RETURN(Told told, Run({"status", std::string(plan), "--watch",
                                   "--timeout", absl::FormatDuration(limit)}));
  if (told.exit_code == 1) return absl::UnknownError(told.output);
  return static_cast<End>(told.exit_code);
}

absl::StatusOr<v1::ListResponse> Operator::List(absl::string_view kind,
                                                absl::string_view plan) const {
  std::vector<std::string> arguments = {"get", std::string(kind), "-o", "json"};
  if (!plan.empty()) arguments.insert(arguments.begin() + 2, std::string(plan));
  ASSIGN_OR_RETURN(Told told, Run(std::move(arguments)));
  return Parse<v1::ListResponse>(told);
}

absl::StatusOr<v1::PlanStatus> Operator::Status(absl::string_view plan) const {
  ASSIGN_OR_RETURN(Told told, Run({"status", std::string(plan), "-o", "json"}));
  return Parse<v1::PlanStatus>(told);
}

}  // namespace rollout::e2e
