// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/wrap.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

// The bytes of the first `columns` characters.
size_t BytesOf(absl::string_view text, int columns) {
  size_t bytes = 0;
  while (bytes < text.size()) {
    const bool begins =
        (static_cast<unsigned char>(text[bytes]) & 0xC0) != 0x80;
    if (begins && columns-- == 0) break;
    ++bytes;
  }
  return bytes;
}

}  // namespace

std::vector<std::string> Wrap(absl::string_view text, int columns) {
  CHECK(columns > 0);
  if (Columns(text) <= columns) return {std::string(text)};
  std::vector<std::string> lines = {""};
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    std::string& last = lines.back();
    const bool first = last.empty();
    if (Columns(last) + Columns(word) + (first ? 0 : 1) <= columns) {
      absl::StrAppend(&last, first ? "" : " ", word);
      continue;
    }
    if (!first) lines.emplace_back();
    while (Columns(word) > columns) {
      const size_t bytes = BytesOf(word, columns);
      lines.back() = std::string(word.substr(0, bytes));
      lines.emplace_back();
      word.remove_prefix(bytes);
    }
    lines.back() = std::string(word);
  }
  return lines;
}

}  // namespace rollout::render
