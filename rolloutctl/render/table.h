// SPDX-License-Identifier: Apache-2.0
//
// Text in columns that are as wide as they need to be, the way kubectl prints.

#ifndef ROLLOUTCTL_RENDER_TABLE_H_
#define ROLLOUTCTL_RENDER_TABLE_H_

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rollout::render {

// kWide: also the columns that few ask for.
enum class Width { kNarrow, kWide };

enum class Color { kNone, kGood, kBusy, kBad, kFaint };

// `text` between the terminal's codes for `color`.
std::string Colored(absl::string_view text, Color color);

// Green for what is done, red for what failed, yellow for what is under way:
// the words of hosts, generations, rollouts and swaps.
Color ColorOf(absl::string_view state);

struct Cell {
  Cell(std::string text, Color color = Color::kNone)  // NOLINT: from text.
      : text(std::move(text)), color(color) {}
  Cell(const char* text) : text(text) {}  // NOLINT: from text.

  // One with the color of its word.
  static Cell State(std::string word) {
    Color color = ColorOf(word);
    return Cell(std::move(word), color);
  }

  std::string text;
  Color color = Color::kNone;
};

// Not thread-safe.
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  // As many cells as the header has, or fewer. Control characters in them are
  // made harmless.
  void Add(std::vector<Cell> row);

  bool empty() const { return rows_.size() == 1; }
  // The header first.
  const std::vector<std::vector<Cell>>& rows() const { return rows_; }

  // Render leaves the header out.
  void HideHeader() { header_hidden_ = true; }

  // Makes Render keep to `columns`, as far as that goes: it leaves columns out
  // whose headers are in `dispensable`, the first one first, and then breaks
  // the text of the last column into further lines.
  void Fit(int columns, const std::vector<std::string>& dispensable);

  // Header and rows, each line with '\n' and without trailing blanks; `indent`
  // blanks in front of each. Without colors unless `color`.
  std::string Render(bool color, int indent = 0) const;

 private:
  // What stands before the last column.
  int WidthBeforeLast() const;
  std::string RenderRow(const std::vector<Cell>& row,
                        const std::vector<int>& widths, bool color) const;
  std::string RenderLast(const Cell& cell, int begins, bool color) const;
  void LeaveOut(const std::string& header);

  std::vector<std::vector<Cell>> rows_;
  bool header_hidden_ = false;
  // Of the last column.
  int last_width_ = std::numeric_limits<int>::max();
  bool last_below_ = false;
};

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_TABLE_H_
