// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/signing_keys.h"

#include <algorithm>
#include <initializer_list>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/named_file.h"
#include "controller/gitops/fetch/printable.h"

namespace rollout::gitops {
namespace {

constexpr absl::string_view kBegin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
constexpr absl::string_view kEnd = "-----END PGP PUBLIC KEY BLOCK-----";

absl::Status NoKeys(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": ", why,
      ": it must hold OpenPGP public keys, as gpg --export --armor writes "
      "them, or SSH public keys, one a line, as ssh-keygen writes them"));
}

// RFC 9580, 4.2: the first packet is a public key (tag 6), in either format of
// header.
bool BeginsWithPublicKey(absl::string_view packets) {
  if (packets.empty()) return false;
  const auto first = static_cast<unsigned char>(packets[0]);
  return (first & 0xfc) == 0x98 || first == 0xc6;
}

// What one armored block has between its headers and its check sum (RFC 9580,
// 6.2).
absl::StatusOr<std::string> Unarmor(absl::string_view block,
                                    const std::string& path) {
  bool in_headers = true;
  std::string encoded;
  for (absl::string_view line : absl::StrSplit(block, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) {
      in_headers = false;
    } else if (!in_headers && line[0] != '=') {
      absl::StrAppend(&encoded, line);
    }
  }
  std::string packets;
  if (!absl::Base64Unescape(encoded, &packets) ||
      !BeginsWithPublicKey(packets)) {
    return NoKeys(path, "a key block in it is damaged");
  }
  return packets;
}

absl::StatusOr<std::string> UnarmorAll(absl::string_view text,
                                       const std::string& path) {
  std::string all;
  for (size_t begin = text.find(kBegin); begin != text.npos;
       begin = text.find(kBegin, begin)) {
    begin += kBegin.size();
    size_t end = text.find(kEnd, begin);
    if (end == text.npos) return NoKeys(path, "a key block in it has no end");
    size_t line = text.find('\n', begin);
    ASSIGN_OR_RETURN(std::string packets,
                     Unarmor(text.substr(line + 1, end - line - 1), path));
    absl::StrAppend(&all, packets);
    begin = end;
  }
  return all;
}

bool IsSshKeyType(absl::string_view word) {
  const std::initializer_list<absl::string_view> kinds = {"ssh-", "ecdsa-sha2-",
                                                          "sk-"};
  return std::any_of(
      kinds.begin(), kinds.end(),
      [word](absl::string_view kind) { return absl::StartsWith(word, kind); });
}

absl::StatusOr<SshKey> ParseSshKey(absl::string_view line,
                                   const std::string& path) {
  std::vector<std::string> words =
      absl::StrSplit(line, absl::MaxSplits(absl::ByAnyChar(" \t"), 2));
  std::string blob;
  if (words.size() < 2 || !IsSshKeyType(words[0]) ||
      !absl::Base64Unescape(words[1], &blob) || blob.empty()) {
    // Options would limit what the key is for, which nothing here looks at.
    return NoKeys(path, absl::StrCat("the line \"", Printable(line, 40),
                                     "\" does not begin with a key's type and "
                                     "the key"));
  }
  SshKey key;
  key.key = absl::StrCat(words[0], " ", words[1]);
  if (words.size() == 3) key.comment = Printable(words[2], 100);
  std::string digest =
      absl::Base64Escape(absl::HexStringToBytes(Sha256Of(blob)));
  key.fingerprint = absl::StrCat("SHA256:", absl::StripSuffix(digest, "="));
  return key;
}

absl::Status AddSshKeys(absl::string_view text, const std::string& path,
                        SigningKeys* keys) {
  if (!IsPrintable(
          absl::StrReplaceAll(text, {{"\n", ""}, {"\r", ""}, {"\t", ""}}))) {
    return NoKeys(path, "it is neither text nor a public key");
  }
  const size_t before = keys->ssh.size();
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    ASSIGN_OR_RETURN(SshKey key, ParseSshKey(line, path));
    keys->ssh.push_back(key);
  }
  return keys->ssh.size() > before ? absl::OkStatus()
                                   : NoKeys(path, "there is no key in it");
}

}  // namespace

absl::StatusOr<SigningKeys> ReadSigningKeys(const Verify& verify,
                                            FileSystem& files) {
  SigningKeys keys;
  for (const std::string& path : verify.key_files()) {
    ASSIGN_OR_RETURN(std::string content,
                     ReadNamedFile(files, path, "a key for signatures"));
    if (BeginsWithPublicKey(content)) {
      absl::StrAppend(&keys.openpgp, content);
    } else if (absl::StrContains(content, kBegin)) {
      ASSIGN_OR_RETURN(std::string packets, UnarmorAll(content, path));
      absl::StrAppend(&keys.openpgp, packets);
    } else {
      RETURN_IF_ERROR(AddSshKeys(content, path, &keys));
    }
  }
  return keys;
}

}  // namespace rollout::gitops
