// SPDX-License-Identifier: Apache-2.0
//
// The order of a table's rows by what stands in one of its columns.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_ROW_ORDER_H_
#define ROLLOUTCTL_RENDER_ROW_ORDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rolloutctl/render/table.h"

namespace rollout::render {

// Which column `name` is the header of, in whatever case. InvalidArgument: of
// none; names the nearest and all.
absl::StatusOr<size_t> FindColumn(const Table& table, const std::string& name);

// Indices of the table's rows, the smallest cell first, empty ones and "-"
// last; rows with the same one stay in their order.
std::vector<size_t> RowOrder(const Table& table, size_t column);

// Below zero: `a` comes first; above: `b`. Numbers, shares ("12.5%") and time
// spans ("85us", "3h10m") by their size, of "2/3" the 2 first; text by its
// letters, with the numbers in it as numbers: web-2 before web-10.
int CompareCells(absl::string_view a, absl::string_view b);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_ROW_ORDER_H_
