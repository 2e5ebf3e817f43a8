// SPDX-License-Identifier: Apache-2.0

#include "base/url_path.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace rollout {

std::string UnescapeUrl(absl::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (text[0] == '%' && text.size() >= 3 && absl::ascii_isxdigit(text[1]) &&
        absl::ascii_isxdigit(text[2])) {
      plain += absl::HexStringToBytes(text.substr(1, 2));
      text.remove_prefix(3);
    } else {
      plain += text[0];
      text.remove_prefix(1);
    }
  }
  return plain;
}

absl::StatusOr<std::string> PathOfFileUrl(absl::string_view url) {
  absl::string_view rest = absl::StripPrefix(url, "file://");
  if (absl::StartsWith(rest, "localhost/")) rest.remove_prefix(9);
  if (!absl::StartsWith(rest, "/")) {
    return absl::InvalidArgumentError(
        "the path is not absolute: write file:///PATH, with three slashes");
  }
  return UnescapeUrl(rest);
}

std::string FileNameInUrl(absl::string_view url) {
  // "https://a.example" has no slash but those of its beginning.
  const size_t authority = url.find("://");
  if (authority != url.npos) url.remove_prefix(authority + 3);
  url = url.substr(0, url.find_first_of("?#"));
  const size_t slash = url.rfind('/');
  return slash == url.npos ? "" : UnescapeUrl(url.substr(slash + 1));
}

}  // namespace rollout
