// SPDX-License-Identifier: Apache-2.0
//
// One signature, checked by the programs that everybody checks them with: gpgv
// (package gpgv) and ssh-keygen (package openssh-client).

#ifndef CONTROLLER_GITOPS_FETCH_SIGNATURE_CHECK_H_
#define CONTROLLER_GITOPS_FETCH_SIGNATURE_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"
#include "controller/gitops/fetch/signing_keys.h"

namespace rollout::gitops {

struct SignedText {
  std::string text;
  // Armored, of the kind that the function is for.
  std::string signature;
};

// One of the two is empty.
struct SignatureVerdict {
  // The key's user id or comment, and its fingerprint.
  std::string signer;
  // Why not: "is signed by ...".
  std::string refusal;
};

// Both write what the program needs to `scratch`, a directory that exists.
// FailedPrecondition: the program is not installed.

// Good: each signature there is, is by one of the keys, which has neither
// expired nor been revoked. `keyring`: SigningKeys::openpgp.
absl::StatusOr<SignatureVerdict> CheckOpenPgpSignature(
    const SignedText& text, absl::string_view keyring,
    const std::string& scratch, FileSystem& files);

// Good: it is by one of the keys, and made for "git".
absl::StatusOr<SignatureVerdict> CheckSshSignature(
    const SignedText& text, const std::vector<SshKey>& keys,
    const std::string& scratch, FileSystem& files);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_SIGNATURE_CHECK_H_
