// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/hold_commands.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/common_flags.h"
#include "rolloutctl/host_selector.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

CommandParser& AddForHost(CommandParser& parent, const std::string& name,
                          const std::string& what, std::string& host,
                          std::string& message) {
  CommandParser& parser = parent.AddCommand(name, what);
  parser.AddArgument("host", host, "The host's name")
      .Type(kHostValue)
      .Required();
  AddMessage(parser, message);
  parser.SetFooter("Examples:\n  rolloutctl " + name +
                   " web-3 -m \"disk swap\"");
  return parser;
}

template <typename Request>
Request ForHost(const std::string& host, const std::string& message) {
  Request request;
  request.set_host(host);
  request.set_message(message);
  return request;
}

std::string Selected(const std::string& selector) {
  return selector.empty() ? "every host"
                          : absl::StrCat("every host with ", selector);
}

}  // namespace

CommandParser& CordonCommand::Register(CommandParser& parent) {
  return AddForHost(parent, "cordon",
                    "Let no rollout begin on a host, nor wait for it", host_,
                    message_);
}

absl::StatusOr<ExitCode> CordonCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(
      client->Cordon(ForHost<v1::CordonRequest>(host_, message_)).status());
  session.console.out << host_
                      << " is cordoned: what it runs goes on, rollouts pass it "
                         "by; the opposite: rolloutctl uncordon "
                      << host_ << "\n";
  return ExitCode::kDone;
}

CommandParser& UncordonCommand::Register(CommandParser& parent) {
  return AddForHost(parent, "uncordon", "Let rollouts begin on a host again",
                    host_, message_);
}

absl::StatusOr<ExitCode> UncordonCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(
      client->Uncordon(ForHost<v1::UncordonRequest>(host_, message_)).status());
  session.console.out << host_
                      << " is not cordoned any more: it gets what rollouts "
                         "have brought meanwhile\n";
  return ExitCode::kDone;
}

CommandParser& FreezeCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "freeze", "Stop the line: let no rollout begin on any host");
  AddSelector(parser, selector_);
  AddMessage(parser, message_);
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl freeze -m \"the sale\"\n"
      "  rolloutctl freeze -l zone=a -m \"its network flaps\"");
  return parser;
}

absl::StatusOr<ExitCode> FreezeCommand::Run(Session& session) {
  v1::FreezeRequest request;
  ASSIGN_OR_RETURN(*request.mutable_hosts(), ParseSelector(selector_));
  request.set_message(message_);
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(client->Freeze(request).status());
  session.console.out
      << Selected(selector_)
      << " is frozen: what has begun there finishes, and rollouts wait. A "
         "hotfix goes on with: rolloutctl unfreeze PLAN\n";
  return ExitCode::kDone;
}

CommandParser& UnfreezeCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "unfreeze", "End a freeze, or let one rollout go on in spite of it");
  parser
      .AddArgument("plan", plan_,
                   "Only this plan's rollout under way, for a hotfix; the "
                   "freeze stays")
      .Type(kPlanValue);
  AddSelector(parser, selector_).Excludes("plan");
  AddMessage(parser, message_);
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl unfreeze\n"
      "  rolloutctl unfreeze -l zone=a\n"
      "  rolloutctl unfreeze web -m \"CVE-2026-1234\"");
  return parser;
}

absl::StatusOr<ExitCode> UnfreezeCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  if (!plan_.empty()) {
    v1::OverrideFreezeRequest request;
    request.set_plan(plan_);
    request.set_message(message_);
    RETURN_IF_ERROR(client->OverrideFreeze(request).status());
    session.console.out << "the rollout of " << plan_
                        << " goes on where hosts are frozen\n";
    return ExitCode::kDone;
  }
  v1::UnfreezeRequest request;
  ASSIGN_OR_RETURN(*request.mutable_hosts(), ParseSelector(selector_));
  request.set_message(message_);
  RETURN_IF_ERROR(client->Unfreeze(request).status());
  session.console.out << "the freeze of " << Selected(selector_)
                      << " is over: rollouts go on\n";
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
