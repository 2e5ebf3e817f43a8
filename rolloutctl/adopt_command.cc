// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/adopt_command.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rolloutctl/common_flags.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/manifest_files.h"
#include "rolloutctl/render/words.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

// What the host tells of the plan's service; null: nothing yet.
const v1::PlanHostStatus* FindHost(const v1::PlanStatus& status,
                                   const std::string& host) {
  for (const v1::PlanHostStatus& candidate : status.hosts()) {
    if (candidate.host() == host) return &candidate;
  }
  return nullptr;
}

}  // namespace

CommandParser& AdoptCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "adopt",
      "Take in a service that runs on a host already, as it runs: it becomes "
      "the plan's first generation there, and its next version is a swap");
  parser.AddFlag("--host", host_, "Where it runs").Type(kHostValue).Required();
  parser.AddFlag("--pid", pid_, "Its main process; this, --port, or both")
      .InRange(1, 1 << 22);
  parser.AddFlag("--port", port_, "Where it listens").InRange(1, 65535);
  parser
      .AddFlag("--plan", file_,
               "The manifest of the plan it is to belong to, or - for "
               "standard input: it says how the service is run from now on")
      .Type(kFileValue)
      .Required();
  AddMessage(parser, message_);
  parser.AddFlag("--timeout", timeout_,
                 "How long to wait for the host, at most (2m)");
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl adopt --host web-1 --port 80 --plan web.yaml\n"
      "  rolloutctl adopt --host web-1 --pid 812 --plan web.yaml\n\n"
      "The service goes on with its connections. Have nobody else start it\n"
      "again: systemctl disable its unit, and stop no unit that it is in.");
  return parser;
}

absl::StatusOr<ExitCode> AdoptCommand::Run(Session& session) {
  if (pid_ == 0 && port_ == 0) {
    return absl::InvalidArgumentError(
        "adopt does not know which service: give --port, --pid, or both");
  }
  ASSIGN_OR_RETURN(auto manifests, ReadManifests({file_}, session.console.in));
  v1::ApplyRequest request;
  request.set_message(message_);
  request.mutable_manifests()->Assign(manifests.begin(), manifests.end());
  request.mutable_adopt()->set_host(host_);
  request.mutable_adopt()->set_pid(pid_);
  request.mutable_adopt()->set_port(port_);
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  ASSIGN_OR_RETURN(v1::ApplyResponse applied, client->Apply(request));
  for (const std::string& warning : applied.plans(0).warnings()) {
    session.console.err << "rolloutctl: warning: " << render::Printable(warning)
                        << "\n";
  }
  return Await(applied.plans(0).name(), *client, session);
}

absl::StatusOr<ExitCode> AdoptCommand::Await(const std::string& plan,
                                             Client& client,
                                             Session& session) const {
  const std::string limit = timeout_.empty() ? "2m" : timeout_;
  ASSIGN_OR_RETURN(absl::Duration timeout, ParseTimeout(limit));
  v1::WatchRequest request;
  request.set_plan(plan);
  std::string told = "the host has not told anything yet";
  const v1::GenerationObservation* adopted = nullptr;
  v1::PlanStatus last;
  absl::Status ended =
      client.Watch(request, timeout, [&](const v1::PlanStatus& status) {
        last = status;
        const v1::PlanHostStatus* host = FindHost(last, host_);
        if (host == nullptr) return true;
        if (!host->connected()) told = "the host is not connected";
        for (const v1::GenerationObservation& found : host->generations()) {
          if (!found.message().empty()) told = found.message();
          // One that was started afresh is none.
          if (found.adopted() && found.weight() > 0) adopted = &found;
        }
        return adopted == nullptr;
      });
  if (adopted != nullptr) {
    session.console.out << "Host " << host_ << ": process " << adopted->pid()
                        << " is generation " << adopted->number() << " of "
                        << plan << " (" << adopted->revision() << ") now.\n";
    return ExitCode::kDone;
  }
  if (!absl::IsDeadlineExceeded(ended) && !ended.ok()) return ended;
  session.console.err << "rolloutctl: not adopted after " << limit << ": "
                      << render::Printable(told)
                      << "; it is tried again: see rolloutctl status " << plan
                      << "\n";
  return ExitCode::kTimedOut;
}

}  // namespace rollout::ctl
