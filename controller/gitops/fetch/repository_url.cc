// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/repository_url.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/printable.h"

namespace rollout::gitops {
namespace {

constexpr size_t kLongest = 2048;

absl::Status Unknown(absl::string_view url) {
  return absl::InvalidArgumentError(absl::StrCat(
      Printable(url, 200),
      " is no address of a repository: write https://, "
      "http:// or ssh:// with a host and a path, USER@HOST:PATH, or file:/// "
      "with a path"));
}

// "user" of "user@host"; nothing of "host".
absl::StatusOr<std::string> UserOf(absl::string_view authority) {
  size_t at = authority.rfind('@');
  if (at == authority.npos) return std::string();
  absl::string_view user = authority.substr(0, at);
  if (absl::StrContains(user, ':')) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the address of a repository at ",
        Printable(authority.substr(at + 1), 200),
        " has a password in it: write it to a file of its own, and name that "
        "one"));
  }
  return std::string(user);
}

// git@host:path, as scp has it.
absl::StatusOr<RepositoryUrl> ParseScp(absl::string_view url) {
  size_t colon = url.find(':');
  if (colon == url.npos || colon > url.find('/') || colon + 1 == url.size()) {
    return Unknown(url);
  }
  RepositoryUrl parsed;
  parsed.transport = RepositoryUrl::Transport::kSsh;
  parsed.address = std::string(url);
  ASSIGN_OR_RETURN(parsed.user, UserOf(url.substr(0, colon)));
  if (parsed.user.empty() || parsed.user.size() + 1 == colon) {
    return Unknown(url);
  }
  return parsed;
}

}  // namespace

absl::StatusOr<RepositoryUrl> ParseRepositoryUrl(absl::string_view url) {
  if (url.size() > kLongest || !IsPrintable(url) ||
      absl::StrContains(url, ' ')) {
    return Unknown("what is configured");
  }
  size_t scheme_end = url.find("://");
  if (scheme_end == url.npos) return ParseScp(url);
  absl::string_view scheme = url.substr(0, scheme_end);
  absl::string_view rest = url.substr(scheme_end + 3);
  size_t slash = rest.find('/');
  absl::string_view authority = rest.substr(0, slash);

  RepositoryUrl parsed;
  parsed.address = std::string(url);
  if (scheme == "file") {
    if (slash != 0 || rest.size() == 1) return Unknown(url);
    return parsed;
  }
  if (scheme != "ssh" && scheme != "http" && scheme != "https") {
    // Its user and password may be what is wrong with it.
    return Unknown(absl::StrCat("an address with ", scheme, "://"));
  }
  ASSIGN_OR_RETURN(parsed.user, UserOf(authority));
  absl::string_view host = authority.substr(authority.rfind('@') + 1);
  if (host.empty() || slash == rest.npos || slash + 1 == rest.size()) {
    return Unknown(url);
  }
  if (scheme == "ssh") {
    parsed.transport = RepositoryUrl::Transport::kSsh;
  } else {
    parsed.transport = RepositoryUrl::Transport::kHttp;
    parsed.address = absl::StrCat(scheme, "://", host, rest.substr(slash));
  }
  return parsed;
}

}  // namespace rollout::gitops
