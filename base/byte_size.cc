// SPDX-License-Identifier: Apache-2.0

#include "base/byte_size.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace rollout {
namespace {

struct Unit {
  const char* name;
  double bytes;
};

// Longer names first: "M" is the beginning of no other's end.
constexpr Unit kUnits[] = {
    {"Ki", 1024.0},
    {"Mi", 1024.0 * 1024},
    {"Gi", 1024.0 * 1024 * 1024},
    {"Ti", 1024.0 * 1024 * 1024 * 1024},
    {"k", 1e3},
    {"M", 1e6},
    {"G", 1e9},
    {"T", 1e12},
    {"", 1},
};

}  // namespace

absl::StatusOr<uint64_t> ParseByteSize(absl::string_view text) {
  for (const Unit& unit : kUnits) {
    absl::string_view number = text;
    if (!absl::ConsumeSuffix(&number, unit.name)) continue;
    const bool plain = !number.empty() && absl::ascii_isdigit(number[0]) &&
                       std::all_of(number.begin(), number.end(), [](char c) {
                         return absl::ascii_isdigit(c) || c == '.';
                       });
    double value = 0;
    if (!plain || !absl::SimpleAtod(number, &value) ||
        value * unit.bytes >= 9.2e18) {
      break;
    }
    return static_cast<uint64_t>(value * unit.bytes);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no number of bytes: write 512Mi or 1Gi"));
}

std::string ByteSizeText(uint64_t bytes) {
  constexpr const char* kNames[] = {"", "Ki", "Mi", "Gi", "Ti"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kNames)) {
    value /= 1024;
    ++unit;
  }
  const std::string number = absl::StrFormat("%.1f", value);
  return absl::StrCat(absl::StripSuffix(number, ".0"), kNames[unit]);
}

}  // namespace rollout
