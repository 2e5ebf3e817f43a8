// SPDX-License-Identifier: Apache-2.0

#include "base/closest_name.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace rollout {
namespace {

std::string Plain(absl::string_view name) {
  return absl::AsciiStrToLower(
      absl::StrReplaceAll(name, {{"-", ""}, {"_", ""}}));
}

// Levenshtein's distance: row i holds the distances of a's first i letters to
// every beginning of b.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string ClosestName(absl::string_view name,
                        const std::vector<std::string>& names) {
  constexpr size_t kLongestName = 64;
  if (name.size() > kLongestName) return "";
  std::string plain = Plain(name);
  size_t nearest = std::min<size_t>(2, plain.size() / 2) + 1;
  std::string found;
  for (const std::string& candidate : names) {
    size_t distance = Distance(plain, Plain(candidate));
    if (distance < nearest) {
      nearest = distance;
      found = candidate;
    }
  }
  return found;
}

}  // namespace rollout
