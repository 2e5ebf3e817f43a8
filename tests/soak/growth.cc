// SPDX-License-Identifier: Apache-2.0

#include "tests/soak/growth.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace rollout::soak {

double Growth(const std::vector<double>& values) {
  const size_t first = values.size() / 2;
  const size_t count = values.size() - first;
  if (count < 2) return 0;
  // Least squares, with x from the middle of the half: 0, 1, ... count - 1.
  const double middle = (count - 1) / 2.0;
  double products = 0, squares = 0;
  for (size_t i = 0; i < count; ++i) {
    products += (i - middle) * values[first + i];
    squares += (i - middle) * (i - middle);
  }
  return products / squares * (count - 1);
}

std::vector<std::string> Complaints(const std::vector<Series>& all) {
  std::vector<std::string> complaints;
  for (const Series& series : all) {
    const double growth = Growth(series.values);
    if (growth <= series.allowance) continue;
    complaints.push_back(
        absl::StrFormat("%s: grew by %.1f over the second half (at most %.1f)",
                        series.name, growth, series.allowance));
  }
  return complaints;
}

std::string Table(const std::vector<Series>& all) {
  std::string table =
      absl::StrFormat("%-28s%10s%10s%10s%10s%10s\n", "", "start", "middle",
                      "end", "growth", "at most");
  for (const Series& series : all) {
    if (series.values.empty()) continue;
    absl::StrAppendFormat(&table, "%-28s%10.0f%10.0f%10.0f%10.1f", series.name,
                          series.values.front(),
                          series.values[series.values.size() / 2],
                          series.values.back(), Growth(series.values));
    table += std::isinf(series.allowance)
                 ? "         -\n"
                 : absl::StrFormat("%10.0f\n", series.allowance);
  }
  return table;
}

}  // namespace rollout::soak
