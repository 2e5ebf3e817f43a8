// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <initializer_list>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/checking_program.h"
#include "controller/gitops/fetch/printable.h"
#include "controller/gitops/fetch/signature_check.h"

namespace rollout::gitops {
namespace {

// What gpgv has said by --status-fd (doc/DETAILS in GnuPG's source): a keyword
// and its arguments.
struct Report {
  // "KEYID USER ID", of good ones.
  std::vector<std::string> good;
  // "FINGERPRINT ... PRIMARY-FINGERPRINT".
  std::vector<std::string> valid;
  // Keywords of those that are not good, with their arguments.
  std::vector<std::string> bad;
};

Report ReadReport(absl::string_view output) {
  Report report;
  for (absl::string_view line : absl::StrSplit(output, '\n')) {
    if (!absl::ConsumePrefix(&line, "[GNUPG:] ")) continue;
    const std::string keyword(line.substr(0, line.find(' ')));
    absl::string_view rest =
        absl::StripPrefix(line.substr(keyword.size()), " ");
    if (keyword == "GOODSIG") {
      report.good.emplace_back(rest);
    } else if (keyword == "VALIDSIG") {
      report.valid.emplace_back(rest);
    } else if (absl::EndsWith(keyword, "SIG") && keyword != "NEWSIG") {
      report.bad.emplace_back(line);
    }
  }
  return report;
}

// For EXPKEYSIG and the like, with the key's id and the user's.
std::string RefusalFor(const std::string& bad) {
  std::vector<std::string> words = absl::StrSplit(bad, absl::MaxSplits(' ', 2));
  std::string key = words.size() > 1 ? Printable(words[1], 40) : "?";
  const std::string& keyword = words[0];
  const char* what = keyword == "EXPKEYSIG"   ? "which has expired"
                     : keyword == "REVKEYSIG" ? "which was revoked"
                     : keyword == "EXPSIG"    ? "and the signature has expired"
                     : keyword == "BADSIG"    ? "but is not what was signed"
                                              : "which is none of the source's";
  return absl::StrCat("is signed with the OpenPGP key ", key, ", ", what);
}

}  // namespace

absl::StatusOr<SignatureVerdict> CheckOpenPgpSignature(
    const SignedText& text, absl::string_view keyring,
    const std::string& scratch, FileSystem& files) {
  const std::string signature = scratch + "/commit.asc";
  const std::string signed_text = scratch + "/commit";
  const std::string keys = scratch + "/keyring.gpg";
  RETURN_IF_ERROR(files.WriteAtomically(signature, text.signature));
  RETURN_IF_ERROR(files.WriteAtomically(signed_text, text.text));
  RETURN_IF_ERROR(files.WriteAtomically(keys, keyring));
  CheckingProgram gpgv;
  gpgv.arguments = {
      "/usr/bin/gpgv", "--homedir", scratch,      "--keyring", keys,
      "--status-fd",   "1",         "--log-file", "/dev/null", signature,
      signed_text};
  gpgv.home = scratch;
  gpgv.package = "gpgv";
  ASSIGN_OR_RETURN(std::string output, RunCheckingProgram(gpgv));
  Report report = ReadReport(output);
  SignatureVerdict verdict;
  if (!report.bad.empty()) {
    verdict.refusal = RefusalFor(report.bad[0]);
  } else if (report.good.empty() || report.good.size() != report.valid.size()) {
    verdict.refusal = "has an OpenPGP signature that can't be read";
  } else {
    // "KEYID USER ID"; the primary key's fingerprint is the last word.
    absl::string_view user = report.good[0], fingerprint = report.valid[0];
    user.remove_prefix(std::min(user.find(' '), user.size() - 1) + 1);
    fingerprint.remove_prefix(fingerprint.rfind(' ') + 1);
    verdict.signer = absl::StrCat(Printable(user, 200), " (",
                                  Printable(fingerprint, 100), ")");
  }
  return verdict;
}

}  // namespace rollout::gitops
