// SPDX-License-Identifier: Apache-2.0
//
// The keys that may have signed a commit.

#ifndef CONTROLLER_GITOPS_FETCH_SIGNING_KEYS_H_
#define CONTROLLER_GITOPS_FETCH_SIGNING_KEYS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

struct SshKey {
  // "ssh-ed25519 AAAA...".
  std::string key;
  std::string comment;
  // As ssh-keygen -l shows it.
  std::string fingerprint;
};

struct SigningKeys {
  // All OpenPGP keys, binary, one after the other: what gpgv calls a keyring.
  std::string openpgp;
  std::vector<SshKey> ssh;
};

// InvalidArgument: a file can't be read, or holds something else than public
// keys.
absl::StatusOr<SigningKeys> ReadSigningKeys(const Verify& verify,
                                            FileSystem& files);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_SIGNING_KEYS_H_
