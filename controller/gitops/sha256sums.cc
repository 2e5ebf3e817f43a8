// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/sha256sums.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rollout::gitops {
namespace {

constexpr size_t kHexDigits = 64;

struct Entry {
  absl::string_view digest;
  absl::string_view name;
};

bool IsDigest(absl::string_view text) {
  return text.size() == kHexDigits &&
         std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

// Nothing: not of the forms known.
std::optional<Entry> ParseLine(absl::string_view line) {
  Entry entry;
  if (absl::ConsumePrefix(&line, "SHA256 (")) {
    // A name may have any of this in it, a digest does not.
    constexpr absl::string_view kBetween = ") = ";
    const size_t end = line.rfind(kBetween);
    if (end == line.npos) return std::nullopt;
    entry = {line.substr(end + kBetween.size()), line.substr(0, end)};
  } else {
    if (line.size() < kHexDigits + 2) return std::nullopt;
    const absl::string_view marker = line.substr(kHexDigits, 2);
    if (marker != "  " && marker != " *") return std::nullopt;
    entry = {line.substr(0, kHexDigits), line.substr(kHexDigits + 2)};
  }
  if (!IsDigest(entry.digest) || entry.name.empty()) return std::nullopt;
  return entry;
}

absl::string_view LastPart(absl::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

absl::Status BadLine(size_t number, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", what));
}

}  // namespace

absl::StatusOr<std::string> DigestOf(absl::string_view name,
                                     absl::string_view sums) {
  std::string digest;
  size_t number = 0;
  for (absl::string_view line : absl::StrSplit(sums, '\n')) {
    ++number;
    absl::ConsumeSuffix(&line, "\r");
    if (line.empty() || absl::StartsWith(line, "#")) continue;
    if (absl::StartsWith(line, "\\")) {
      return BadLine(number,
                     "a name with a line break or a backslash is not "
                     "supported: rename the file");
    }
    const std::optional<Entry> entry = ParseLine(line);
    if (!entry) {
      return BadLine(number,
                     "not a SHA-256 digest and a name: name a file that "
                     "sha256sum wrote");
    }
    if (LastPart(entry->name) != name) continue;
    std::string found = absl::AsciiStrToLower(entry->digest);
    if (!digest.empty() && digest != found) {
      return absl::FailedPreconditionError(
          absl::StrCat("line ", number, ": another digest of ", name,
                       " than before: list it once"));
    }
    digest = std::move(found);
  }
  if (digest.empty()) {
    return absl::NotFoundError(
        absl::StrCat("has no digest of ", name, ": add it"));
  }
  return digest;
}

}  // namespace rollout::gitops
