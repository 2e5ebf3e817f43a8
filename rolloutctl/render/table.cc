// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

constexpr int kGap = 3;

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

std::string Table::Render(bool color, int indent) const {
  const size_t first = header_hidden_ ? 1 : 0;
  const std::vector<int> widths = Widths(rows_, first);
  std::string text;
  for (size_t at = first; at < rows_.size(); ++at) {
    const std::vector<Cell>& row = rows_[at];
    std::string line(indent, ' ');
    // Blanks are put in front of the next text, so none stand at the end.
    int owed = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      const Cell& cell = row[i];
      if (!cell.text.empty()) {
        line.append(owed, ' ');
        owed = 0;
        line += color ? Colored(cell.text, cell.color) : cell.text;
      }
      owed += widths[i] - Columns(cell.text) + kGap;
    }
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace rollout::render
