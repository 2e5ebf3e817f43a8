// SPDX-License-Identifier: Apache-2.0

#include "tests/deploy/supervisord.h"

#include "absl/strings/substitute.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "tests/deploy/control_command.h"
#include "tests/deploy/deployed_file.h"

namespace rollout::deploy {
namespace {

// Debian's, with other places.
constexpr char kConfiguration[] = R"([unix_http_server]
file=$0/supervisor.sock

[supervisord]
nodaemon=true
logfile=$0/supervisord.log
pidfile=$0/supervisord.pid
childlogdir=$0

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://$0/supervisor.sock

[include]
files=$0/rollout-agent.conf
)";

}  // namespace

absl::StatusOr<std::vector<std::string>> Supervisord::Command(
    const e2e::AgentFiles& files) {
  PosixFileSystem disk;
  configuration_ = files.directory + "/supervisord.conf";
  RETURN_IF_ERROR(disk.WriteAtomically(
      configuration_, absl::Substitute(kConfiguration, files.directory)));
  ASSIGN_OR_RETURN(
      std::string agent,
      DeployedFile("supervisord/rollout-agent.conf",
                   {{"=/usr/bin/rollout-agent ", "=" + files.program + " "},
                    {"/etc/rollout/agent.yaml", files.configuration},
                    {"/var/log/", files.directory + "/"}}));
  RETURN_IF_ERROR(
      disk.WriteAtomically(files.directory + "/rollout-agent.conf", agent));
  return std::vector<std::string>{"/usr/bin/supervisord", "-c", configuration_};
}

pid_t Supervisord::AgentPid() const {
  return PidIn(Control({"pid", "rollout-agent"}));
}

absl::Status Supervisord::RestartAgent() const {
  return Control({"restart", "rollout-agent"}).status();
}

absl::StatusOr<std::string> Supervisord::Control(
    std::vector<std::string> words) const {
  std::vector<std::string> command = {"/usr/bin/supervisorctl", "-c",
                                      configuration_};
  command.insert(command.end(), words.begin(), words.end());
  return Tell(std::move(command), {});
}

}  // namespace rollout::deploy
