// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/git_remote.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::e2e {
namespace {

constexpr char kUser[] = "bot";
constexpr char kPassword[] = "secret of the bot";

absl::Status MakeKey(const std::string& path) {
  Command command;
  command.arguments = {
      "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path};
  command.timeout = absl::Seconds(30);
  ASSIGN_OR_RETURN(const CommandResult result, RunCommand(command));
  if (result.wait_status == 0) return absl::OkStatus();
  return absl::InternalError("ssh-keygen: " + result.output);
}

}  // namespace

absl::StatusOr<GitRemote> GitRemote::Make(const std::string& directory,
                                          Transport transport) {
  ASSIGN_OR_RETURN(auto repository, programs::GitRepository::Make(directory));
  GitRemote remote(std::move(repository));
  switch (transport) {
    case Transport::kFile:
      RETURN_IF_ERROR(remote.ServeFile());
      break;
    case Transport::kHttps:
      RETURN_IF_ERROR(remote.ServeHttps(directory));
      break;
    case Transport::kSsh:
      RETURN_IF_ERROR(remote.ServeSsh(directory));
      break;
  }
  return remote;
}

absl::StatusOr<std::string> GitRemote::Push(const programs::GitFiles& files,
                                            const std::string& message) {
  ASSIGN_OR_RETURN(std::string commit, repository_.Commit(files, message));
  RETURN_IF_ERROR(repository_.Push("main", url_));
  return commit;
}

absl::Status GitRemote::ServeFile() {
  url_ = repository_.url();
  settings_ = absl::StrCat("  url: ", url_, "\n");
  return absl::OkStatus();
}

absl::Status GitRemote::ServeHttps(const std::string& directory) {
  programs::GitHttpSettings server;
  server.directory = directory;
  server.user = kUser;
  server.password = kPassword;
  server.tls = true;
  ASSIGN_OR_RETURN(http_, programs::GitHttpServer::Start(server));
  url_ = http_->Url();
  // Whoever pushes keeps the password where git looks for it.
  PosixFileSystem files;
  const std::string password = directory + "/password";
  const std::string ask_pass = directory + "/ask-pass";
  RETURN_IF_ERROR(files.WriteAtomically(password, kPassword));
  RETURN_IF_ERROR(files.WriteAtomically(
      ask_pass, absl::StrCat("#!/bin/sh\ncase $1 in User*) echo ", kUser,
                             ";; *) cat ", password, ";; esac\n")));
  std::filesystem::permissions(ask_pass, std::filesystem::perms::owner_all);
  repository_.AddToEnvironment("GIT_ASKPASS=" + ask_pass);
  repository_.AddToEnvironment("GIT_SSL_CAINFO=" + http_->ca_file());
  settings_ = absl::StrCat("  url: ", url_, "\n  credentials: {user: ", kUser,
                           ", passwordFile: ", password,
                           ", caFile: ", http_->ca_file(), "}\n");
  return absl::OkStatus();
}

absl::Status GitRemote::ServeSsh(const std::string& directory) {
  const std::string key = directory + "/key";
  RETURN_IF_ERROR(MakeKey(key));
  ASSIGN_OR_RETURN(
      ssh_, programs::SshServer::Start({directory, key + ".pub", {"ed25519"}}));
  url_ = ssh_->Url(repository_.path());
  ASSIGN_OR_RETURN(const std::string variable, ssh_->GitVariable(key));
  repository_.AddToEnvironment(variable);
  ASSIGN_OR_RETURN(const std::string known_hosts, ssh_->WriteKnownHosts());
  settings_ = absl::StrCat("  url: ", url_, "\n  credentials: {keyFile: ", key,
                           ", knownHostsFile: ", known_hosts, "}\n");
  return absl::OkStatus();
}

}  // namespace rollout::e2e
