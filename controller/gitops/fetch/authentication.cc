// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/authentication.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/named_file.h"
#include "controller/gitops/fetch/printable.h"

namespace rollout::gitops {
namespace {

using Transport = RepositoryUrl::Transport;

constexpr size_t kLongestReason = 200;

// As ssh-keygen -l shows it.
std::string Fingerprint(const git_cert_hostkey& key) {
  std::string encoded = absl::Base64Escape(absl::string_view(
      reinterpret_cast<const char*>(key.hash_sha256), sizeof key.hash_sha256));
  return absl::StrCat("SHA256:", absl::StripSuffix(encoded, "="));
}

absl::Status UnknownHost(absl::string_view host, const git_cert_hostkey& key,
                         const std::string& known_hosts) {
  return absl::PermissionDeniedError(absl::StrCat(
      "the key that ", host, " has shown (", Fingerprint(key), ") is not in ",
      known_hosts,
      ": somebody else may have answered; where the key is right, add the "
      "line that ssh-keyscan gives for it"));
}

absl::Status UnknownAuthority(absl::string_view host) {
  return absl::PermissionDeniedError(absl::StrCat(
      "the certificate of ", host,
      " is not for that name, has expired, or comes from an authority that is "
      "not trusted here: give the authority's certificate as the source's "
      "caFile, or mend the server's"));
}

absl::Status Missing(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

}  // namespace

absl::StatusOr<Authentication> Authentication::Read(
    const RepositoryUrl& url, const Credentials& credentials,
    FileSystem& files) {
  Authentication read;
  read.transport_ = url.transport;
  read.files_ = credentials;
  read.user_ = !credentials.user().empty() ? credentials.user() : url.user;
  if (url.transport == Transport::kSsh) {
    // What the address says, libgit2 takes by itself.
    read.user_ = url.user;
    if (credentials.key_file().empty()) {
      return Missing(
          "ssh needs a key: name the file of a private key without a "
          "passphrase");
    }
    if (credentials.known_hosts_file().empty()) {
      return Missing(
          "ssh needs to know the host's key: name a known_hosts file, as "
          "ssh-keyscan makes it");
    }
    // libssh2 reads it again, and would say less.
    RETURN_IF_ERROR(
        ReadNamedFile(files, credentials.key_file(), "the key").status());
  }
  if (read.user_.empty()) read.user_ = "git";
  if (!credentials.password_file().empty()) {
    ASSIGN_OR_RETURN(
        std::string password,
        ReadNamedFile(files, credentials.password_file(), "the password"));
    read.password_ = std::string(absl::StripTrailingAsciiWhitespace(password));
  }
  return read;
}

void Authentication::AddTo(git_remote_callbacks* callbacks) {
  callbacks->credentials = &Authentication::GiveCredential;
  callbacks->certificate_check = &Authentication::CheckCertificate;
  callbacks->push_update_reference = &Authentication::NoteRejection;
  callbacks->payload = this;
}

int Authentication::GiveCredential(git_credential** credential, const char*,
                                   const char*, unsigned int allowed,
                                   void* payload) {
  return static_cast<Authentication*>(payload)->Give(credential, allowed);
}

int Authentication::NoteRejection(const char*, const char* reason,
                                  void* payload) {
  if (reason != nullptr) {
    static_cast<Authentication*>(payload)->rejection_ =
        Printable(reason, kLongestReason);
  }
  return 0;
}

int Authentication::Give(git_credential** credential, unsigned int allowed) {
  // Asked for on its own where an ssh:// address names nobody.
  if (allowed == GIT_CREDENTIAL_USERNAME) {
    return git_credential_username_new(credential, user_.c_str());
  }
  const bool is_ssh = transport_ == Transport::kSsh;
  const bool has = is_ssh || !files_.password_file().empty();
  const unsigned int ours =
      is_ssh ? GIT_CREDENTIAL_SSH_KEY : GIT_CREDENTIAL_USERPASS_PLAINTEXT;
  if (given_ || !has || (allowed & ours) == 0) {
    refusal_ = absl::PermissionDeniedError(Refused());
    return GIT_EAUTH;
  }
  given_ = true;
  return is_ssh ? git_credential_ssh_key_new(credential, user_.c_str(), nullptr,
                                             files_.key_file().c_str(), nullptr)
                : git_credential_userpass_plaintext_new(
                      credential, user_.c_str(), password_.c_str());
}

std::string Authentication::Refused() const {
  if (transport_ == Transport::kSsh) {
    return absl::StrCat(
        "the key in ", files_.key_file(), " is not accepted for user \"", user_,
        "\": give it (its public half) the right to read the repository; of "
        "an RSA key many servers no longer take the kind of signature that is "
        "made here: use an ed25519 key");
  }
  if (files_.password_file().empty()) {
    return "a password or token is asked for and none is configured: name a "
           "file that has it, and check the address: forges ask for one where "
           "there is no such repository, too";
  }
  return absl::StrCat("the password in ", files_.password_file(),
                      " is not accepted for user \"", user_,
                      "\": check that it is still valid and may read the "
                      "repository");
}

int Authentication::CheckCertificate(git_cert* certificate, int valid,
                                     const char* host, void* payload) {
  if (valid != 0) return 0;
  auto* self = static_cast<Authentication*>(payload);
  if (certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2) {
    self->refusal_ =
        UnknownHost(host, *reinterpret_cast<git_cert_hostkey*>(certificate),
                    self->files_.known_hosts_file());
  } else {
    self->refusal_ = UnknownAuthority(host);
  }
  return GIT_ECERTIFICATE;
}

}  // namespace rollout::gitops
