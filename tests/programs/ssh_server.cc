// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/ssh_server.h"

#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "tests/e2e/wait_until.h"
#include "tests/programs/local_port.h"
#include "tests/programs/run.h"

namespace rollout::programs {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(30);
constexpr int kTries = 3;
constexpr char kAddress[] = "127.0.0.1";
// sshd keeps an empty directory there while it has root's rights; Debian's unit
// makes it.
constexpr char kEmptyDirectory[] = "/run/sshd";

}  // namespace

SshServer::SshServer(const SshSettings& settings, int port)
    : settings_(settings),
      port_(port),
      files_(absl::StrCat(settings.directory, "/ssh-", port)) {}

absl::StatusOr<std::unique_ptr<SshServer>> SshServer::Start(
    const SshSettings& settings) {
  absl::Status status;
  for (int i = 0; i < kTries; ++i) {
    auto server = absl::WrapUnique(new SshServer(settings, FreePort()));
    status = server->StartProcess();
    if (status.ok()) return server;
  }
  return status;
}

absl::Status SshServer::StartProcess() {
  std::filesystem::create_directories(files_);
  if (geteuid() == 0) std::filesystem::create_directories(kEmptyDirectory);
  RETURN_IF_ERROR(WriteFiles());
  const std::string log = files_ + "/log";
  ASSIGN_OR_RETURN(process_, e2e::Process::Start({"/usr/sbin/sshd", "-D", "-e",
                                                  "-f", files_ + "/conf"},
                                                 log));
  bool answers = e2e::WaitUntil(kLimit, [this] {
    return Listens(kAddress, port_) || !process_->Running();
  });
  if (answers && process_->Running()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "sshd does not start: ", PosixFileSystem().Read(log).value_or("")));
}

absl::Status SshServer::WriteFiles() const {
  std::ofstream conf(files_ + "/conf");
  conf << "ListenAddress " << kAddress << "\nPort " << port_
       << "\nPidFile none\nStrictModes no\nUsePAM no\n"
       << "PermitRootLogin prohibit-password\nPasswordAuthentication no\n"
       << "KbdInteractiveAuthentication no\nAuthorizedKeysFile "
       << settings_.public_key_file
       << "\n"
       // Without what a shell would do first for this user, which may be much.
       << "SetEnv HOME=" << files_ << "\n";
  for (const std::string& type : settings_.host_key_types) {
    RETURN_IF_ERROR(Run({"/usr/bin/ssh-keygen", "-q", "-t", type, "-N", "",
                         "-f", HostKeyFile(type)})
                        .status());
    conf << "HostKey " << HostKeyFile(type) << "\n";
  }
  conf.close();
  return conf ? absl::OkStatus()
              : absl::InternalError("cannot write below " + files_);
}

std::string SshServer::HostKeyFile(const std::string& type) const {
  return absl::StrCat(files_, "/host-", type);
}

std::string SshServer::Url(const std::string& path) const {
  const passwd* user = getpwuid(geteuid());
  return absl::StrCat("ssh://", user == nullptr ? "root" : user->pw_name, "@",
                      kAddress, ":", port_, path);
}

std::string SshServer::Host() const {
  return absl::StrCat("[", kAddress, "]:", port_);
}

absl::StatusOr<std::string> SshServer::HostKey(size_t n) const {
  ASSIGN_OR_RETURN(std::string line,
                   PosixFileSystem().Read(
                       HostKeyFile(settings_.host_key_types[n]) + ".pub"));
  std::vector<std::string> words = absl::StrSplit(line, ' ');
  words.resize(2);
  return absl::StrJoin(words, " ");
}

absl::StatusOr<std::string> SshServer::WriteKnownHosts() const {
  const std::string path = files_ + "/known_hosts";
  std::ofstream known_hosts(path);
  for (size_t n = 0; n < settings_.host_key_types.size(); ++n) {
    ASSIGN_OR_RETURN(std::string key, HostKey(n));
    known_hosts << Host() << " " << key << "\n";
  }
  return path;
}

absl::StatusOr<std::string> SshServer::GitVariable(
    const std::string& key_file) const {
  ASSIGN_OR_RETURN(std::string known_hosts, WriteKnownHosts());
  return absl::StrCat(
      "GIT_SSH_COMMAND=/usr/bin/ssh -F none -i ", key_file,
      " -o IdentitiesOnly=yes -o UserKnownHostsFile=", known_hosts);
}

}  // namespace rollout::programs
