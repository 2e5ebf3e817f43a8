// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki_commands.h"

#include <string>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/pki/pki_directory.h"
#include "rolloutctl/pki/subject.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CLI::App* PkiInitCommand::Register(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand(
      "init", "Make the fleet's authority: ca.crt and ca.key");
  app->add_option("--dir", directory_, "Where to put it")
      ->type_name(kDirectoryValue)
      ->required();
  app->footer("Examples:\n  rolloutctl pki init --dir /root/fleet-pki");
  return app;
}

absl::StatusOr<ExitCode> PkiInitCommand::Run(Session& session) {
  RETURN_IF_ERROR(pki::PkiDirectory(directory_).Init(session.clock.Now()));
  session.console.out << "made " << directory_ << "/ca.crt and " << directory_
                      << "/ca.key (keep the key secret, and a copy of it)\n";
  return ExitCode::kDone;
}

CLI::App* PkiIssueCommand::Register(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand(
      "issue", "Issue a certificate: NAME.crt, NAME.key and a copy of ca.crt");
  app->add_option("role", role_, "Of what")
      ->type_name("controller|host|operator")
      ->required();
  app->add_option("name", name_, "Whom it names")->required();
  app->add_option("--dir", directory_, "Where the authority is")
      ->type_name(kDirectoryValue)
      ->required();
  app->add_option("--out", out_, "Where to put the files")
      ->type_name(kDirectoryValue)
      ->required();
  app->add_option(
         "--address", addresses_,
         "DNS name or IP address the controller is dialled at, besides "
         "localhost; may be repeated")
      ->allow_extra_args(false);
  app->add_option("--valid", valid_, "For how long")->capture_default_str();
  app->footer(
      "Examples:\n"
      "  rolloutctl pki issue controller main --dir /root/fleet-pki \\\n"
      "      --out /etc/rollout/tls --address rollout.example.com\n"
      "  rolloutctl pki issue host web-1 --dir /root/fleet-pki --out web-1");
  return app;
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
