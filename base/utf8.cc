// SPDX-License-Identifier: Apache-2.0

#include "base/utf8.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace rollout {
namespace {

// Bytes of the character that begins with `first`; 0: none begins so.
size_t Length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

bool IsCharacter(absl::string_view bytes) {
  static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  uint32_t code = static_cast<unsigned char>(bytes[0]) &
                  (bytes.size() == 1 ? 0x7F : 0xFF >> (bytes.size() + 1));
  for (size_t i = 1; i < bytes.size(); ++i) {
    unsigned char next = bytes[i];
    if ((next & 0xC0) != 0x80) return false;
    code = code << 6 | (next & 0x3F);
  }
  bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code >= kLeast[bytes.size()] && code <= 0x10FFFF && !surrogate;
}

}  // namespace

size_t ValidUtf8Prefix(absl::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    size_t length = Length(text[at]);
    if (length == 0 || length > text.size() - at ||
        !IsCharacter(text.substr(at, length))) {
      return at;
    }
    at += length;
  }
  return at;
}

std::string ToUtf8(absl::string_view text) {
  std::string told;
  for (;;) {
    const size_t good = ValidUtf8Prefix(text);
    told.append(text.data(), good);
    if (good == text.size()) return told;
    absl::StrAppend(
        &told, "\\x",
        absl::Hex(static_cast<unsigned char>(text[good]), absl::kZeroPad2));
    text.remove_prefix(good + 1);
  }
}

}  // namespace rollout
