// SPDX-License-Identifier: Apache-2.0
//
// An address of the web, taken apart for httplib.

#ifndef BASE_HTTP_URL_H_
#define BASE_HTTP_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/host_port.h"

namespace rollout {

struct HttpUrl {
  bool secure = false;
  HostPort server;
  // With the query; begins with '/'.
  std::string path;
};

// `url`: "http://..." or "https://...". InvalidArgument: another form, or a
// user name in it.
absl::StatusOr<HttpUrl> ParseHttpUrl(absl::string_view url);

// The URL as it may be shown: a query can hold a secret, such as the signature
// of a signed URL.
absl::string_view WithoutQuery(absl::string_view url);

}  // namespace rollout

#endif  // BASE_HTTP_URL_H_
