// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/control_commands.h"

#include <limits>
#include <memory>

#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/common_flags.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

// What --help says of a command.
struct Description {
  std::string name;
  std::string what;
  // The example's message.
  std::string why = "errors on web-2";
};

CommandParser& AddControl(CommandParser& parent, const Description& description,
                          Intervention& intervention) {
  CommandParser& parser = parent.AddCommand(description.name, description.what);
  AddPlan(parser, intervention.plan);
  AddMessage(parser, intervention.message);
  parser.SetFooter("Examples:\n  rolloutctl " + description.name +
                   " web -m \"" + description.why + "\"");
  return parser;
}

template <typename Request>
Request MakeRequest(const Intervention& intervention) {
  Request request;
  request.set_plan(intervention.plan);
  request.set_message(intervention.message);
  return request;
}

}  // namespace

CommandParser& PauseCommand::Register(CommandParser& parent) {
  return AddControl(
      parent, {"pause", "Touch no further host until the plan is resumed"},
      intervention_);
}

absl::StatusOr<ExitCode> PauseCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(
      client->Pause(MakeRequest<v1::PauseRequest>(intervention_)).status());
  session.console.out << intervention_.plan
                      << " is paused: hosts that have begun finish, no other "
                         "begins; go on with: rolloutctl resume "
                      << intervention_.plan << "\n";
  return ExitCode::kDone;
}

CommandParser& ResumeCommand::Register(CommandParser& parent) {
  return AddControl(
      parent, {"resume", "Go on with a paused rollout", "web-2 is mended"},
      intervention_);
}

absl::StatusOr<ExitCode> ResumeCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(
      client->Resume(MakeRequest<v1::ResumeRequest>(intervention_)).status());
  session.console.out << intervention_.plan << " goes on\n";
  return ExitCode::kDone;
}

CommandParser& RetryCommand::Register(CommandParser& parent) {
  return AddControl(
      parent,
      {"retry", "Begin again, after the newest rollout failed or was aborted",
       "the database is back"},
      intervention_);
}

absl::StatusOr<ExitCode> RetryCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(
      client->Retry(MakeRequest<v1::RetryRequest>(intervention_)).status());
  session.console.out << intervention_.plan
                      << " begins again; see: rolloutctl status "
                      << intervention_.plan << " --watch\n";
  return ExitCode::kDone;
}

CommandParser& AbortCommand::Register(CommandParser& parent) {
  return AddControl(parent,
                    {"abort",
                     "End the rollout: hosts go back to the stable revision, "
                     "or keep what they run where there is none"},
                    intervention_);
}

absl::StatusOr<ExitCode> AbortCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(
      client->Abort(MakeRequest<v1::AbortRequest>(intervention_)).status());
  session.console.out << intervention_.plan
                      << " is aborted: hosts go back to the stable revision, "
                         "or keep what they run where there is none; see: "
                         "rolloutctl status "
                      << intervention_.plan << " --watch\n";
  return ExitCode::kDone;
}

CommandParser& PromoteCommand::Register(CommandParser& parent) {
  CommandParser& parser = AddControl(
      parent,
      {"promote",
       "Let the canary step that bakes end now, and the next one begin",
       "seen enough"},
      intervention_);
  parser.AddSwitch("--full", full_,
                   "Leave out all canary steps: every host gets its turn. "
                   "Refused where one of them asks for an approval");
  return parser;
}

absl::StatusOr<ExitCode> PromoteCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  auto request = MakeRequest<v1::PromoteRequest>(intervention_);
  request.set_full(full_);
  RETURN_IF_ERROR(client->Promote(request).status());
  session.console.out << intervention_.plan << " is promoted: "
                      << (full_ ? "every host gets its turn"
                                : "its canary step bakes no longer")
                      << "\n";
  return ExitCode::kDone;
}

CommandParser& ApproveCommand::Register(CommandParser& parent) {
  return AddControl(
      parent,
      {"approve", "Say yes to the canary step that asks for an approval",
       "latency as before"},
      intervention_);
}

absl::StatusOr<ExitCode> ApproveCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(
      client->Approve(MakeRequest<v1::ApproveRequest>(intervention_)).status());
  session.console.out << intervention_.plan
                      << " is approved: it goes on when the canary step has "
                         "baked\n";
  return ExitCode::kDone;
}

CommandParser& RejectCommand::Register(CommandParser& parent) {
  return AddControl(parent,
                    {"reject",
                     "Say no to the canary step that asks for an approval: "
                     "hosts go back to the stable revision"},
                    intervention_);
}

absl::StatusOr<ExitCode> RejectCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  RETURN_IF_ERROR(
      client->Reject(MakeRequest<v1::RejectRequest>(intervention_)).status());
  session.console.out << intervention_.plan
                      << " is rejected: hosts go back to the stable revision, "
                         "or keep what they run where there is none; see: "
                         "rolloutctl status "
                      << intervention_.plan << " --watch\n";
  return ExitCode::kDone;
}

CommandParser& UndoCommand::Register(CommandParser& parent) {
  CommandParser& parser = AddControl(
      parent,
      {"undo",
       "Go back to an older revision: the rollout under way turns back to "
       "where it came from, else one begins"},
      intervention_);
  parser
      .AddFlag(
          "--to-revision", to_revision_,
          "Its number, from \"rolloutctl history\": one that failed is tried "
          "again; without it, the newest that was complete before")
      .Type(kRevisionValue)
      .InRange(1, std::numeric_limits<int64_t>::max());
  output_.Register(parser);
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl undo web\n"
      "  rolloutctl undo web --to-revision 4 -m \"5 leaks memory\"");
  return parser;
}

absl::StatusOr<ExitCode> UndoCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  auto request = MakeRequest<v1::UndoRequest>(intervention_);
  request.set_to_revision(to_revision_);
  ASSIGN_OR_RETURN(v1::UndoResponse response, client->Undo(request));
  if (format != render::Format::kTable) {
    session.console.out << render::Structured(response, {format});
    return ExitCode::kDone;
  }
  session.console.out << intervention_.plan << " goes to revision "
                      << response.revision() << " in rollout "
                      << response.rollout() << "; see: rolloutctl status "
                      << intervention_.plan << " --watch\n";
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
