// SPDX-License-Identifier: Apache-2.0
//
// What somebody sent us over HTTP, whole and within its bound.

#ifndef BASE_HTTP_REQUEST_H_
#define BASE_HTTP_REQUEST_H_

#include <map>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace rollout {

struct HttpRequest {
  std::string body;

  // Of several headers with one name the first counts.
  void AddHeader(absl::string_view name, std::string value) {
    headers_.emplace(absl::AsciiStrToLower(name), std::move(value));
  }

  // In whatever case the name was sent, and is asked for. Empty: there is none.
  absl::string_view Header(absl::string_view name) const {
    auto found = headers_.find(absl::AsciiStrToLower(name));
    return found == headers_.end() ? "" : absl::string_view(found->second);
  }

 private:
  // By the name in lower case.
  std::map<std::string, std::string> headers_;
};

}  // namespace rollout

#endif  // BASE_HTTP_REQUEST_H_
