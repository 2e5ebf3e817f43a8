// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/unified_diff.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "dtl/dtl.hpp"
#include "rolloutctl/render/table.h"

namespace rollout::render {
namespace {

constexpr size_t kContext = 3;

// A line of either text. Its mark is that of the format: ' ' is in both, '-'
// goes, '+' comes.
struct Line {
  char mark = ' ';
  std::string text;
};

std::vector<std::string> LinesOf(absl::string_view text) {
  if (text.empty()) return {};
  return absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
}

// Both texts as one, with as few changes as can be; where lines are replaced,
// those that go stand first.
std::vector<Line> Compare(const std::vector<std::string>& from,
                          const std::vector<std::string>& to) {
  dtl::Diff<std::string> diff(from, to);
  diff.compose();
  std::vector<Line> lines;
  std::vector<Line> coming;
  auto flush = [&] {
    lines.insert(lines.end(), coming.begin(), coming.end());
    coming.clear();
  };
  for (const auto& [text, info] : diff.getSes().getSequence()) {
    if (info.type == dtl::SES_ADD) {
      coming.push_back({'+', text});
    } else {
      if (info.type == dtl::SES_COMMON) flush();
      lines.push_back({info.type == dtl::SES_DELETE ? '-' : ' ', text});
    }
  }
  flush();
  return lines;
}

Color ColorOf(char mark) {
  switch (mark) {
    case '-':
      return Color::kBad;
    case '+':
      return Color::kGood;
    default:
      return Color::kNone;
  }
}

// "12,3": where a hunk begins in one text that has `before` lines in front of
// it, and how long it is there. With no line it stands behind the one before.
std::string RangeText(size_t before, size_t count) {
  return absl::StrCat(count == 0 ? before : before + 1, ",", count);
}

// Writes hunk after hunk, and keeps count of the lines.
class HunkWriter {
 public:
  HunkWriter(const std::vector<Line>& lines, bool color)
      : lines_(lines), color_(color) {}

  // The lines from `begin` to `end`, behind those of the last call.
  void Write(size_t begin, size_t end, std::string* out) {
    Skip(begin);
    const size_t from = from_, to = to_;
    Skip(end);
    absl::StrAppend(
        out, Text(absl::StrCat("@@ -", RangeText(from, from_ - from), " +",
                               RangeText(to, to_ - to), " @@"),
                  Color::kFaint));
    for (size_t i = begin; i < end; ++i) {
      absl::StrAppend(out, Text(std::string(1, lines_[i].mark) + lines_[i].text,
                                ColorOf(lines_[i].mark)));
    }
  }

 private:
  void Skip(size_t end) {
    for (; at_ < end; ++at_) {
      if (lines_[at_].mark != '+') ++from_;
      if (lines_[at_].mark != '-') ++to_;
    }
  }

  std::string Text(const std::string& line, Color color) const {
    const bool plain = !color_ || color == Color::kNone;
    return (plain ? line : Colored(line, color)) + "\n";
  }

  const std::vector<Line>& lines_;
  const bool color_;
  // How many lines lie behind: of `lines_`, of the one text and of the other.
  size_t at_ = 0;
  size_t from_ = 0;
  size_t to_ = 0;
};

}  // namespace

std::string UnifiedDiff(const DiffSide& from, const DiffSide& to, bool color) {
  if (from.text == to.text) return "";
  const std::vector<Line> lines = Compare(LinesOf(from.text), LinesOf(to.text));
  std::string out =
      absl::StrCat("--- ", from.name, "\n", "+++ ", to.name, "\n");
  HunkWriter writer(lines, color);
  auto next_change = [&](size_t start) {
    return std::find_if(lines.begin() + start, lines.end(),
                        [](const Line& line) { return line.mark != ' '; }) -
           lines.begin();
  };
  for (size_t change = next_change(0); change < lines.size();) {
    const size_t begin = change - std::min(change, kContext);
    size_t last = change;
    // Changes whose context would touch are one hunk.
    for (change = next_change(last + 1);
         change < lines.size() && change - last <= 2 * kContext + 1;
         change = next_change(last + 1)) {
      last = change;
    }
    writer.Write(begin, std::min(last + 1 + kContext, lines.size()), &out);
  }
  return out;
}

}  // namespace rollout::render
