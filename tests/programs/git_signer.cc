// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/git_signer.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "tests/programs/run.h"

namespace rollout::programs {
namespace {

absl::Status Configure(
    GitRepository* repository,
    const std::vector<std::pair<std::string, std::string>>& settings) {
  for (const auto& [name, value] : settings) {
    RETURN_IF_ERROR(repository->Git({"config", name, value}).status());
  }
  return absl::OkStatus();
}

}  // namespace

OpenPgpSigner::OpenPgpSigner(std::string home, std::string time)
    : home_(std::move(home)), time_(std::move(time)) {}

OpenPgpSigner::~OpenPgpSigner() {
  (void)Run({"/usr/bin/gpgconf", "--homedir", home_, "--kill", "gpg-agent"});
  std::error_code ignored;
  std::filesystem::remove_all(home_, ignored);
}

absl::StatusOr<std::unique_ptr<OpenPgpSigner>> OpenPgpSigner::Make(
    const std::string& user, const std::string& time) {
  char pattern[] = "/tmp/rollout-gpg-XXXXXX";
  auto signer = absl::WrapUnique(new OpenPgpSigner(mkdtemp(pattern), time));
  RETURN_IF_ERROR(signer
                      ->Gpg({"--passphrase", "", "--quick-generate-key", user,
                             "ed25519", "sign", time.empty() ? "never" : "1y"})
                      .status());
  ASSIGN_OR_RETURN(std::string listing,
                   signer->Gpg({"--with-colons", "--list-keys"}));
  for (absl::string_view line : absl::StrSplit(listing, '\n')) {
    std::vector<std::string> fields = absl::StrSplit(line, ':');
    if (fields[0] == "fpr") signer->fingerprint_ = fields[9];
  }
  return signer;
}

absl::StatusOr<std::string> OpenPgpSigner::Gpg(
    const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"/usr/bin/gpg", "--batch",
                                      "--quiet",      "--no-permission-warning",
                                      "--homedir",    home_};
  if (!time_.empty()) {
    command.push_back("--faked-system-time");
    command.push_back(time_);
  }
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Run(command, {"PATH=/usr/bin:/bin", "HOME=" + home_});
}

absl::StatusOr<std::string> OpenPgpSigner::ArmoredKey() {
  const std::string file = home_ + "/exported.asc";
  RETURN_IF_ERROR(
      Gpg({"--yes", "--output", file, "--armor", "--export"}).status());
  return PosixFileSystem().Read(file);
}

absl::Status OpenPgpSigner::WriteBinaryKey(const std::string& path) {
  return Gpg({"--yes", "--output", path, "--export"}).status();
}

absl::Status OpenPgpSigner::Revoke() {
  ASSIGN_OR_RETURN(std::string certificate,
                   PosixFileSystem().Read(absl::StrCat(
                       home_, "/openpgp-revocs.d/", fingerprint_, ".rev")));
  // gpg puts a colon before it, against use by mistake.
  const std::string file = home_ + "/revocation";
  std::ofstream(file) << certificate.substr(certificate.find(":-----") + 1)
                      << "\n";
  return Gpg({"--import", file}).status();
}

absl::Status OpenPgpSigner::SignFor(GitRepository* repository) {
  const std::string program = home_ + "/gpg";
  std::ofstream(program) << "#!/bin/sh\nexec /usr/bin/gpg --homedir " << home_
                         << (time_.empty() ? "" : " --faked-system-time ")
                         << time_ << " \"$@\"\n";
  chmod(program.c_str(), 0755);
  return Configure(repository, {{"gpg.format", "openpgp"},
                                {"gpg.program", program},
                                {"user.signingkey", fingerprint_},
                                {"commit.gpgsign", "true"}});
}

absl::StatusOr<SshSigner> SshSigner::Make(const std::string& directory,
                                          const std::string& name,
                                          const std::string& type) {
  SshSigner signer(absl::StrCat(directory, "/", name));
  RETURN_IF_ERROR(Run({"/usr/bin/ssh-keygen", "-q", "-t", type, "-N", "", "-C",
                       name + "@example", "-f", signer.key_file_})
                      .status());
  return signer;
}

absl::StatusOr<std::string> SshSigner::Fingerprint() const {
  ASSIGN_OR_RETURN(std::string line,
                   Run({"/usr/bin/ssh-keygen", "-l", "-f", public_key_file()}));
  std::vector<std::string> words = absl::StrSplit(line, ' ');
  return words.size() > 1 ? words[1] : "";
}

absl::Status SshSigner::SignFor(GitRepository* repository) const {
  return Configure(repository, {{"gpg.format", "ssh"},
                                {"user.signingkey", key_file_},
                                {"commit.gpgsign", "true"}});
}

}  // namespace rollout::programs
