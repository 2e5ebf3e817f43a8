// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki_commands.h"

#include <string>

#include "absl/time/time.h"
#include "base/status_macros.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/pki/pki_directory.h"
#include "rolloutctl/pki/subject.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CommandParser& PkiInitCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "init", "Make the fleet's authority: ca.crt and ca.key");
  parser.AddFlag("--dir", directory_, "Where to put it")
      .Type(kDirectoryValue)
      .Required();
  parser.SetFooter("Examples:\n  rolloutctl pki init --dir /root/fleet-pki");
  return parser;
}

absl::StatusOr<ExitCode> PkiInitCommand::Run(Session& session) {
  RETURN_IF_ERROR(pki::PkiDirectory(directory_).Init(session.clock.Now()));
  session.console.out << "made " << directory_ << "/ca.crt and " << directory_
                      << "/ca.key (keep the key secret, and a copy of it)\n";
  return ExitCode::kDone;
}

CommandParser& PkiIssueCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "issue", "Issue a certificate: NAME.crt, NAME.key and a copy of ca.crt");
  parser.AddArgument("role", role_, "Of what")
      .Type("controller|host|operator")
      .Required();
  parser.AddArgument("name", name_, "Whom it names").Required();
  parser.AddFlag("--dir", directory_, "Where the authority is")
      .Type(kDirectoryValue)
      .Required();
  parser.AddFlag("--out", out_, "Where to put the files")
      .Type(kDirectoryValue)
      .Required();
  parser
      .AddFlag("--address", addresses_,
               "DNS name or IP address the controller is dialled at, besides "
               "localhost; may be repeated")
      .OneValueEach();
  parser.AddFlag("--valid", valid_, "For how long").ShowDefault();
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl pki issue controller main --dir /root/fleet-pki \\\n"
      "      --out /etc/rollout/tls --address rollout.example.com\n"
      "  rolloutctl pki issue host web-1 --dir /root/fleet-pki --out web-1");
  return parser;
}

absl::StatusOr<ExitCode> PkiIssueCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(pki::Role role, pki::ParseRole(role_));
  ASSIGN_OR_RETURN(pki::Subject subject,
                   pki::Subject::Make(role, name_, addresses_));
  ASSIGN_OR_RETURN(absl::Duration valid, ParseDuration("--valid", valid_));
  ASSIGN_OR_RETURN(pki::IssuedFiles files,
                   pki::PkiDirectory(directory_)
                       .Issue(subject, session.clock.Now(), valid, out_));
  session.console.out << "issued " << files.certificate << " and " << files.key
                      << " for " << subject.Uri() << ", valid until "
                      << absl::FormatTime("%Y-%m-%d %H:%M:%S UTC",
                                          files.not_after, absl::UTCTimeZone())
                      << "\n";
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
