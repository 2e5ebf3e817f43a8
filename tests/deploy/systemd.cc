// SPDX-License-Identifier: Apache-2.0

#include "tests/deploy/systemd.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "tests/deploy/control_command.h"

namespace rollout::deploy {
namespace {

constexpr char kUnit[] = "rollout-agent.service";

// What a service is ordered after, and what SIGTERM starts.
constexpr const char* kSystemUnits[] = {"basic.target", "shutdown.target",
                                        "exit.target", "systemd-exit.service"};

// There is no journal here.
constexpr char kLogDropIn[] = R"([Service]
StandardOutput=append:$0/rollout-agent.log
)";

// In namespaces of its own, where nothing says which systemd has booted the
// machine, if any, and all control groups are the test's.
constexpr char kStart[] =
    "mount -t tmpfs none /run && mkdir -p /run/systemd/system && "
    "mount -t tmpfs none /sys/fs/cgroup && "
    "mount -t cgroup2 none /sys/fs/cgroup && "
    "exec /usr/lib/systemd/systemd --user --unit=rollout-agent.service";

}  // namespace

absl::StatusOr<std::vector<std::string>> Systemd::Command(
    const e2e::AgentFiles& files) {
  directory_ = files.directory + "/systemd";
  PosixFileSystem disk;
  RETURN_IF_ERROR(disk.MakeDirectories(directory_ + "/run"));
  RETURN_IF_ERROR(WriteUnits(files));
  return std::vector<std::string>{
      "/usr/bin/env",
      "-i",
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
      absl::StrCat("HOME=", directory_),
      absl::StrCat("XDG_RUNTIME_DIR=", directory_, "/run"),
      absl::StrCat("SYSTEMD_UNIT_PATH=", directory_, "/units"),
      "/usr/bin/unshare",
      "--mount",
      "--cgroup",
      "/bin/sh",
      "-c",
      kStart};
}

absl::Status Systemd::WriteUnits(const e2e::AgentFiles& files) const {
  namespace fs = std::filesystem;
  const std::string units = directory_ + "/units";
  PosixFileSystem disk;
  RETURN_IF_ERROR(disk.MakeDirectories(absl::StrCat(units, "/", kUnit, ".d")));
  Replacements replacements = {
      {"=/usr/bin/rollout-agent ", "=" + files.program + " "},
      {"/etc/rollout/agent.yaml", files.configuration}};
  replacements.insert(replacements.end(), faults_.begin(), faults_.end());
  ASSIGN_OR_RETURN(std::string unit,
                   DeployedFile(absl::StrCat("systemd/", kUnit), replacements));
  RETURN_IF_ERROR(disk.WriteAtomically(absl::StrCat(units, "/", kUnit), unit));
  RETURN_IF_ERROR(
      disk.WriteAtomically(absl::StrCat(units, "/", kUnit, ".d/log.conf"),
                           absl::Substitute(kLogDropIn, files.directory)));
  for (const char* unit : kSystemUnits) {
    const fs::path link = fs::path(units) / unit;
    std::error_code error;
    fs::remove(link, error);
    fs::create_symlink(fs::path("/usr/lib/systemd/user") / unit, link, error);
    if (error) {
      return absl::UnknownError(
          absl::StrCat("link ", link.string(), ": ", error.message()));
    }
  }
  return absl::OkStatus();
}

pid_t Systemd::AgentPid() const {
  return PidIn(Control({"show", "--property=MainPID", "--value", kUnit}));
}

absl::Status Systemd::RestartAgent() const {
  return Control({"restart", kUnit}).status();
}

absl::StatusOr<std::string> Systemd::Control(
    std::vector<std::string> words) const {
  std::vector<std::string> command = {"/usr/bin/systemctl", "--user"};
  command.insert(command.end(), words.begin(), words.end());
  return Tell(std::move(command),
              {absl::StrCat("XDG_RUNTIME_DIR=", directory_, "/run")});
}

}  // namespace rollout::deploy
