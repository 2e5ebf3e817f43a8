// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/row_order.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/closest_name.h"

namespace rollout::render {
namespace {

// Takes what begins `text` and is made of such characters.
template <typename Predicate>
absl::string_view TakeWhile(absl::string_view& text, Predicate is_part) {
  size_t size = 0;
  while (size < text.size() && is_part(text[size])) ++size;
  const absl::string_view part = text.substr(0, size);
  text.remove_prefix(size);
  return part;
}

bool IsNumberPart(char c) { return absl::ascii_isdigit(c) || c == '.'; }

// In seconds; none: it is no unit.
std::optional<double> UnitSeconds(absl::string_view unit) {
  if (unit == "us") return 1e-6;
  if (unit == "ms") return 1e-3;
  if (unit == "s") return 1;
  if (unit == "m") return 60;
  if (unit == "h") return 3600;
  if (unit == "d") return 86400;
  return std::nullopt;
}

// What the cell is as a number; none: it is text.
std::optional<double> SizeOf(absl::string_view cell) {
  // Not "nan", which a host may be called.
  if (cell.empty() || !absl::ascii_isdigit(cell[0])) return std::nullopt;
  double number = 0;
  if (absl::SimpleAtod(absl::StripSuffix(cell, "%"), &number)) return number;
  double sum = 0;
  while (!cell.empty()) {
    if (!absl::SimpleAtod(TakeWhile(cell, IsNumberPart), &number)) {
      return std::nullopt;
    }
    const std::optional<double> unit =
        UnitSeconds(TakeWhile(cell, absl::ascii_isalpha));
    if (!unit.has_value()) return std::nullopt;
    sum += number * *unit;
  }
  return sum;
}

template <typename T>
int Compare(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// Of texts of digits.
int CompareDigits(absl::string_view a, absl::string_view b) {
  TakeWhile(a, [](char c) { return c == '0'; });
  TakeWhile(b, [](char c) { return c == '0'; });
  return a.size() != b.size() ? Compare(a.size(), b.size()) : a.compare(b);
}

bool IsNothing(absl::string_view cell) { return cell.empty() || cell == "-"; }

int CompareText(absl::string_view a, absl::string_view b) {
  const auto is_digit = [](char c) { return absl::ascii_isdigit(c); };
  const auto is_other = [](char c) { return !absl::ascii_isdigit(c); };
  while (!a.empty() && !b.empty()) {
    int order = TakeWhile(a, is_other).compare(TakeWhile(b, is_other));
    if (order == 0) {
      order = CompareDigits(TakeWhile(a, is_digit), TakeWhile(b, is_digit));
    }
    if (order != 0) return order;
  }
  return Compare(a.size(), b.size());
}

}  // namespace

absl::StatusOr<size_t> FindColumn(const Table& table, const std::string& name) {
  std::vector<std::string> names;
  for (const Cell& cell : table.rows()[0]) {
    if (absl::EqualsIgnoreCase(cell.text, name)) return names.size();
    names.push_back(cell.text);
  }
  const std::string closest = ClosestName(name, names);
  return absl::InvalidArgumentError(absl::StrCat(
      "--sort-by: there is no column \"", name, "\"",
      closest.empty() ? "" : absl::StrCat(", did you mean ", closest, "?"),
      " (there are: ", absl::StrJoin(names, ", "), ")"));
}

std::vector<size_t> RowOrder(const Table& table, size_t column) {
  const auto& rows = table.rows();
  std::vector<size_t> order(rows.size() - 1);
  std::iota(order.begin(), order.end(), 0);
  const auto cell = [&](size_t row) -> absl::string_view {
    const std::vector<Cell>& cells = rows[row + 1];
    if (column >= cells.size()) return "";
    return cells[column].text;
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return CompareCells(cell(a), cell(b)) < 0;
  });
  return order;
}

int CompareCells(absl::string_view a, absl::string_view b) {
  if (IsNothing(a) || IsNothing(b)) return Compare(IsNothing(a), IsNothing(b));
  const std::optional<double> size_a = SizeOf(a);
  const std::optional<double> size_b = SizeOf(b);
  // What has a size comes before what has none, or this would be no order.
  if (size_a.has_value() != size_b.has_value()) {
    return Compare(!size_a.has_value(), !size_b.has_value());
  }
  return size_a.has_value() ? Compare(*size_a, *size_b) : CompareText(a, b);
}

}  // namespace rollout::render
