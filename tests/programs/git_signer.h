// SPDX-License-Identifier: Apache-2.0
//
// People who sign their commits, with the gpg and ssh-keygen programs.

#ifndef TESTS_PROGRAMS_GIT_SIGNER_H_
#define TESTS_PROGRAMS_GIT_SIGNER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/programs/git_repository.h"

namespace rollout::programs {

// One OpenPGP key, without a passphrase. Not thread-safe.
class OpenPgpSigner {
 public:
  // `user` is "NAME <MAIL>". With a `time` (20200101T000000) the key is made
  // then, signs then, and has expired a year later.
  static absl::StatusOr<std::unique_ptr<OpenPgpSigner>> Make(
      const std::string& user, const std::string& time = "");
  // The key is gone, and the agent that gpg has started for it.
  ~OpenPgpSigner();
  OpenPgpSigner(const OpenPgpSigner&) = delete;
  OpenPgpSigner& operator=(const OpenPgpSigner&) = delete;

  // 40 hexadecimal digits.
  const std::string& fingerprint() const { return fingerprint_; }

  absl::StatusOr<std::string> ArmoredKey();
  // To a file.
  absl::Status WriteBinaryKey(const std::string& path);
  absl::Status Revoke();

  // Every commit from now on is signed by this, which must outlive them.
  absl::Status SignFor(GitRepository* repository);

 private:
  OpenPgpSigner(std::string home, std::string time);

  absl::StatusOr<std::string> Gpg(const std::vector<std::string>& arguments);

  // Short: gpg's agent has a socket there.
  const std::string home_;
  const std::string time_;
  std::string fingerprint_;
};

// One SSH key, in `directory`/NAME and NAME.pub. Not thread-safe.
class SshSigner {
 public:
  // `type` as ssh-keygen -t has it.
  static absl::StatusOr<SshSigner> Make(const std::string& directory,
                                        const std::string& name,
                                        const std::string& type = "ed25519");

  const std::string& key_file() const { return key_file_; }
  std::string public_key_file() const { return key_file_ + ".pub"; }
  // "SHA256:...".
  absl::StatusOr<std::string> Fingerprint() const;

  absl::Status SignFor(GitRepository* repository) const;

 private:
  explicit SshSigner(std::string key_file) : key_file_(std::move(key_file)) {}

  std::string key_file_;
};

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_GIT_SIGNER_H_
