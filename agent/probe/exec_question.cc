// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/exec_question.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/endpoint_address.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::probe {
namespace {

constexpr char kProbeAddress[] = "${probe.address}";
constexpr char kPath[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// ": first line", or nothing.
std::string FirstLine(absl::string_view output) {
  constexpr size_t kLongest = 200;
  output = absl::StripAsciiWhitespace(output);
  output = output.substr(0, std::min(output.find('\n'), kLongest));
  return output.empty() ? "" : absl::StrCat(": ", output);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExecQuestion>> ExecQuestion::Make(
    std::vector<std::string> command, const std::string& address, uint32_t mark,
    absl::Duration timeout) {
  if (command.empty()) {
    return absl::InvalidArgumentError("readiness.exec.command is empty");
  }
  std::unique_ptr<Door> door;
  for (std::string& word : command) {
    if (!absl::StrContains(word, kProbeAddress)) continue;
    if (door == nullptr) {
      ASSIGN_OR_RETURN(EndpointAddress target, EndpointAddress::Parse(address));
      ASSIGN_OR_RETURN(door, Door::Open(target, mark));
    }
    word = absl::StrReplaceAll(word, {{kProbeAddress, door->address()}});
  }
  return std::unique_ptr<ExecQuestion>(
      new ExecQuestion(std::move(command), std::move(door), timeout));
}

Answer ExecQuestion::Ask() {
  Command command;
  command.arguments = command_;
  command.environment = {kPath};
  command.timeout = timeout_;
  command.cancel_fd = cancelled_.fd();
  auto result = RunCommand(command);
  if (!result.ok()) return {false, std::string(result.status().message())};
  if (result->end == CommandResult::End::kTimedOut) {
    return {false, absl::StrCat(command_[0], " took longer than ",
                                absl::FormatDuration(timeout_),
                                FirstLine(result->output))};
  }
  if (result->end == CommandResult::End::kExited && result->wait_status == 0) {
    return {true, ""};
  }
  return {false, absl::StrCat(command_[0], " ",
                              DescribeWaitStatus(result->wait_status),
                              FirstLine(result->output))};
}

}  // namespace rollout::probe
