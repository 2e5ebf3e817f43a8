// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/commit_signature.h"

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/git_error.h"
#include "controller/gitops/fetch/signature_check.h"
#include "controller/gitops/fetch/signing_keys.h"

namespace rollout::gitops {
namespace {

// libgit2's buffer, freed with this.
class Buffer {
 public:
  ~Buffer() { git_buf_dispose(&buffer_); }
  git_buf* out() { return &buffer_; }
  std::string text() const { return std::string(buffer_.ptr, buffer_.size); }

 private:
  git_buf buffer_ = {nullptr, 0, 0};
};

// Empty: the commit has no signature.
absl::StatusOr<SignedText> Extract(const git_commit& commit) {
  Buffer signature, text;
  git_oid id = *git_commit_id(&commit);
  int result = git_commit_extract_signature(
      signature.out(), text.out(), git_commit_owner(&commit), &id, nullptr);
  if (result == GIT_ENOTFOUND) return SignedText();
  RETURN_IF_ERROR(CopyStatus(result));
  return SignedText{text.text(), signature.text()};
}

absl::StatusOr<SignatureVerdict> Judge(const SignedText& text,
                                       const SigningKeys& keys,
                                       const std::string& scratch,
                                       FileSystem& files) {
  if (absl::StartsWith(text.signature, "-----BEGIN PGP SIGNATURE-----")) {
    return CheckOpenPgpSignature(text, keys.openpgp, scratch, files);
  }
  if (absl::StartsWith(text.signature, "-----BEGIN SSH SIGNATURE-----")) {
    return CheckSshSignature(text, keys.ssh, scratch, files);
  }
  SignatureVerdict verdict;
  verdict.refusal = text.signature.empty()
                        ? "is not signed"
                        : "has a signature that is neither OpenPGP nor SSH";
  return verdict;
}

}  // namespace

absl::Status CheckCommitSignature(const git_commit& commit,
                                  const Verify& verify,
                                  const std::string& scratch, FileSystem& files,
                                  FetchResult* result) {
  ASSIGN_OR_RETURN(SigningKeys keys, ReadSigningKeys(verify, files));
  ASSIGN_OR_RETURN(SignedText text, Extract(commit));
  ASSIGN_OR_RETURN(SignatureVerdict verdict, Judge(text, keys, scratch, files));
  result->set_signer(verdict.signer);
  if (verdict.refusal.empty()) return absl::OkStatus();
  result->add_problems()->set_message(absl::StrCat(
      "the commit ", verdict.refusal,
      ": sign it with a key of the source's (git commit --amend -S) and push "
      "it again, or add the key to the source's"));
  return absl::OkStatus();
}

}  // namespace rollout::gitops
