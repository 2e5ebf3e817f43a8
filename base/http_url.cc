// SPDX-License-Identifier: Apache-2.0

#include "base/http_url.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace rollout {

absl::StatusOr<HttpUrl> ParseHttpUrl(absl::string_view url) {
  HttpUrl parsed;
  parsed.secure = absl::ConsumePrefix(&url, "https://");
  if (!parsed.secure && !absl::ConsumePrefix(&url, "http://")) {
    return absl::InvalidArgumentError(
        "not a URL of the web: write http://... or https://...");
  }
  absl::string_view authority = url.substr(0, url.find_first_of("/?#"));
  absl::string_view path = url.substr(authority.size());
  path = path.substr(0, path.find('#'));
  parsed.path = absl::StrCat(absl::StartsWith(path, "/") ? "" : "/", path);
  if (absl::StrContains(authority, "@")) {
    return absl::InvalidArgumentError(
        "a user name or password in a URL is not supported");
  }
  size_t bracket = authority.rfind(']');
  bool has_port =
      authority.find(':', bracket == authority.npos ? 0 : bracket) !=
      authority.npos;
  std::string address(authority);
  if (!has_port) absl::StrAppend(&address, parsed.secure ? ":443" : ":80");
  ASSIGN_OR_RETURN(parsed.server, ParseHostPort(address));
  return parsed;
}

absl::string_view WithoutQuery(absl::string_view url) {
  return url.substr(0, url.find('?'));
}

}  // namespace rollout
