// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/screen.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rollout::render {
namespace {

constexpr absl::string_view kNoColor = "\x1b[0m";

// The length of a code for a color at the start of `text`; 0: there is none.
size_t CodeLength(absl::string_view text) {
  if (text.empty() || text[0] != '\x1b') return 0;
  size_t end = text.find('m');
  return end == absl::string_view::npos ? text.size() : end + 1;
}

// The length of the UTF-8 character at the start of `text`.
size_t CharacterLength(absl::string_view text) {
  size_t length = 1;
  while (length < text.size() &&
         (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
    ++length;
  }
  return length;
}

}  // namespace

std::string CutLine(absl::string_view line, int columns) {
  std::string cut;
  bool colored = false;
  while (!line.empty()) {
    size_t length = CodeLength(line);
    if (length > 0) {
      colored = line.substr(0, length) != kNoColor;
    } else if (columns-- > 0) {
      length = CharacterLength(line);
    } else {
      break;
    }
    absl::StrAppend(&cut, line.substr(0, length));
    line.remove_prefix(length);
  }
  if (!line.empty() && colored) absl::StrAppend(&cut, kNoColor);
  return cut;
}

void Screen::Draw(absl::string_view text, int columns, int rows) {
  std::vector<absl::string_view> lines =
      absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
  // The cursor stands on a line of its own below the text.
  size_t room = std::max(rows - 1, 1);
  std::string more;
  if (lines.size() > room) {
    more = absl::StrCat("... ", lines.size() - room + 1, " more lines");
    lines.resize(room - 1);
    lines.push_back(more);
  }
  std::string drawing;
  if (drawn_ > 0) absl::StrAppend(&drawing, "\x1b[", drawn_, "A");
  for (absl::string_view line : lines) {
    absl::StrAppend(&drawing, "\r", CutLine(line, columns), "\x1b[K\n");
  }
  // What is left of a longer text before.
  absl::StrAppend(&drawing, "\x1b[J");
  out_ << drawing << std::flush;
  drawn_ = lines.size();
}

}  // namespace rollout::render
