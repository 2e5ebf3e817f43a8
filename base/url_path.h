// SPDX-License-Identifier: Apache-2.0
//
// The names in a URL.

#ifndef BASE_URL_PATH_H_
#define BASE_URL_PATH_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout {

// "%41" to "A". A % that begins no escape stays.
std::string UnescapeUrl(absl::string_view text);

// Of "file:///PATH" and "file://localhost/PATH", unescaped. InvalidArgument:
// another form.
absl::StatusOr<std::string> PathOfFileUrl(absl::string_view url);

// What stands behind the last slash, without a query and unescaped. Empty: the
// URL names no file.
std::string FileNameInUrl(absl::string_view url);

}  // namespace rollout

#endif  // BASE_URL_PATH_H_
