// SPDX-License-Identifier: Apache-2.0
//
// What protobuf strings must be and user input may not be.

#ifndef BASE_UTF8_H_
#define BASE_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace rollout {

// How many bytes at the start of `text` are whole, valid characters (RFC 3629:
// shortest form, no surrogates); text.size() when all are.
size_t ValidUtf8Prefix(absl::string_view text);

// `text` with each byte that is part of no character told as "\xff". For what
// has words of others in it (names of files, output of programs) on its way
// into a protobuf string: the receiver refuses the whole message for one byte.
std::string ToUtf8(absl::string_view text);

}  // namespace rollout

#endif  // BASE_UTF8_H_
