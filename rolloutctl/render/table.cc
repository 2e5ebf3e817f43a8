// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "rolloutctl/render/words.h"
#include "rolloutctl/render/wrap.h"

namespace rollout::render {
namespace {

constexpr int kGap = 3;
// A text in a narrower column is hard to read.
constexpr int kLeastText = 40;
// Of a text below its row.
constexpr int kIndent = 4;

absl::string_view Code(Color color) {
  switch (color) {
    case Color::kNone:
      return "";
    case Color::kGood:
      return "\x1b[32m";
    case Color::kBusy:
      return "\x1b[33m";
    case Color::kBad:
      return "\x1b[31m";
    case Color::kFaint:
      return "\x1b[2m";
  }
  return "";
}

bool IsOneOf(absl::string_view word,
             std::initializer_list<absl::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Of the rows from `first` on.
std::vector<int> Widths(const std::vector<std::vector<Cell>>& rows,
                        size_t first) {
  std::vector<int> widths(rows[0].size());
  for (size_t row = first; row < rows.size(); ++row) {
    for (size_t i = 0; i < rows[row].size(); ++i) {
      widths[i] = std::max(widths[i], Columns(rows[row][i].text));
    }
  }
  return widths;
}

}  // namespace

std::string Colored(absl::string_view text, Color color) {
  if (color == Color::kNone || text.empty()) return std::string(text);
  return absl::StrCat(Code(color), text, "\x1b[0m");
}

Color ColorOf(absl::string_view state) {
  if (IsOneOf(state, {"Updated", "Serving", "Complete", "Swapped", "Started",
                      "Created", "Changed", "Synced", "True", "yes"})) {
    return Color::kGood;
  }
  if (IsOneOf(state, {"Failed", "Disconnected", "RolledBack", "Aborted",
                      "Refused", "SwitchedBack", "Warning", "no"})) {
    return Color::kBad;
  }
  if (IsOneOf(state, {"Superseded", "Unchanged", "Exited", "Warm", "Pending",
                      "False", "Normal"})) {
    return Color::kFaint;
  }
  return Color::kBusy;
}

Table::Table(std::vector<std::string> header)
    : rows_{std::vector<Cell>(header.begin(), header.end())} {}

void Table::Add(std::vector<Cell> row) {
  CHECK(row.size() <= rows_[0].size());
  for (Cell& cell : row) cell.text = Printable(cell.text);
  rows_.push_back(std::move(row));
}

void Table::Fit(int columns, const std::vector<std::string>& dispensable) {
  for (const std::string& header : dispensable) {
    if (WidthBeforeLast() <= columns) break;
    LeaveOut(header);
  }
  const int text = Widths(rows_, header_hidden_ ? 1 : 0).back();
  const int room = columns - WidthBeforeLast();
  last_below_ = room < std::min(text, kLeastText);
  last_width_ = last_below_ ? std::max(columns - kIndent, 1) : room;
}

int Table::WidthBeforeLast() const {
  const std::vector<int> widths = Widths(rows_, header_hidden_ ? 1 : 0);
  int width = 0;
  for (size_t i = 0; i + 1 < widths.size(); ++i) width += widths[i] + kGap;
  return width;
}

void Table::LeaveOut(const std::string& header) {
  for (size_t i = 0; i < rows_[0].size(); ++i) {
    if (rows_[0][i].text != header) continue;
    for (std::vector<Cell>& row : rows_) {
      if (i < row.size()) row.erase(row.begin() + i);
    }
    return;
  }
}

std::string Table::Render(bool color, int indent) const {
  const size_t first = header_hidden_ ? 1 : 0;
  const std::vector<int> widths = Widths(rows_, first);
  std::string text;
  for (size_t at = first; at < rows_.size(); ++at) {
    for (absl::string_view line :
         absl::StrSplit(RenderRow(rows_[at], widths, color), '\n')) {
      absl::StrAppend(&text, std::string(indent, ' '), line, "\n");
    }
  }
  return text;
}

std::string Table::RenderRow(const std::vector<Cell>& row,
                             const std::vector<int>& widths, bool color) const {
  std::string text;
  // Blanks are put in front of the next text, so none stand at the end.
  int begins = 0;
  int owed = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    const Cell& cell = row[i];
    const bool last = i + 1 == widths.size();
    if (last && last_below_) {
      // Its header says nothing there.
      if (cell.text.empty() || &row == &rows_[0]) break;
      absl::StrAppend(&text, "\n", std::string(kIndent, ' '),
                      RenderLast(cell, kIndent, color));
    } else if (!cell.text.empty()) {
      text.append(owed, ' ');
      owed = 0;
      text += last    ? RenderLast(cell, begins, color)
              : color ? Colored(cell.text, cell.color)
                      : cell.text;
    }
    owed += widths[i] - Columns(cell.text) + kGap;
    begins += widths[i] + kGap;
  }
  return text;
}

// `begins`: where its further lines do.
std::string Table::RenderLast(const Cell& cell, int begins, bool color) const {
  std::vector<std::string> lines = Wrap(cell.text, last_width_);
  if (color) {
    for (std::string& line : lines) line = Colored(line, cell.color);
  }
  return absl::StrJoin(lines, absl::StrCat("\n", std::string(begins, ' ')));
}

}  // namespace rollout::render
