// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/checking_program.h"
#include "controller/gitops/fetch/printable.h"
#include "controller/gitops/fetch/signature_check.h"

namespace rollout::gitops {
namespace {

// ssh-keygen(1), ALLOWED SIGNERS: the name that all keys go by.
constexpr char kPrincipal[] = "rollout";

std::string AllowedSigners(const std::vector<SshKey>& keys) {
  std::string lines;
  for (const SshKey& key : keys) {
    absl::StrAppend(&lines, kPrincipal, " namespaces=\"git\" ", key.key, "\n");
  }
  return lines;
}

// The last word of the line that begins so; "": there is none.
std::string LastWordOf(absl::string_view output, absl::string_view beginning) {
  for (absl::string_view line : absl::StrSplit(output, '\n')) {
    if (!absl::StartsWith(line, beginning)) continue;
    return std::string(line.substr(line.rfind(' ') + 1));
  }
  return "";
}

}  // namespace

absl::StatusOr<SignatureVerdict> CheckSshSignature(
    const SignedText& text, const std::vector<SshKey>& keys,
    const std::string& scratch, FileSystem& files) {
  const std::string signature = scratch + "/commit.sig";
  const std::string signed_text = scratch + "/commit";
  const std::string allowed = scratch + "/allowed_signers";
  RETURN_IF_ERROR(files.WriteAtomically(signature, text.signature));
  RETURN_IF_ERROR(files.WriteAtomically(signed_text, text.text));
  RETURN_IF_ERROR(files.WriteAtomically(allowed, AllowedSigners(keys)));
  CheckingProgram keygen;
  keygen.arguments = {"/usr/bin/ssh-keygen",
                      "-Y",
                      "verify",
                      "-n",
                      "git",
                      "-I",
                      kPrincipal,
                      "-f",
                      allowed,
                      "-s",
                      signature};
  keygen.input = signed_text;
  keygen.home = scratch;
  keygen.package = "openssh-client";
  ASSIGN_OR_RETURN(std::string output, RunCheckingProgram(keygen));

  SignatureVerdict verdict;
  const std::string fingerprint = LastWordOf(output, "Good \"git\" signature");
  auto key = std::find_if(keys.begin(), keys.end(), [&](const SshKey& one) {
    return one.fingerprint == fingerprint;
  });
  if (key != keys.end()) {
    verdict.signer = absl::StrCat(key->comment, key->comment.empty() ? "" : " ",
                                  "(", fingerprint, ")");
  } else {
    verdict.refusal = absl::StrCat(
        "has an SSH signature that none of the source's keys has made for "
        "this commit (",
        Printable(absl::StripAsciiWhitespace(output), 200), ")");
  }
  return verdict;
}

}  // namespace rollout::gitops
