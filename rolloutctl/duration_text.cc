// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/duration_text.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rollout::ctl {
namespace {

// More than a certificate or a rollout can last.
constexpr int kMostDays = 36500;

bool Parse(absl::string_view text, absl::Duration* duration) {
  size_t d = text.find('d');
  if (d == absl::string_view::npos) return absl::ParseDuration(text, duration);
  int days = 0;
  if (!absl::SimpleAtoi(text.substr(0, d), &days)) return false;
  if (days < 0 || days > kMostDays) return false;
  absl::string_view rest = text.substr(d + 1);
  *duration = absl::ZeroDuration();
  if (!rest.empty() && !absl::ParseDuration(rest, duration)) return false;
  *duration += absl::Hours(24) * days;
  return true;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view flag,
                                             absl::string_view text) {
  absl::Duration duration;
  if (Parse(text, &duration) && duration > absl::ZeroDuration() &&
      duration <= absl::Hours(24) * kMostDays) {
    return duration;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(flag, ": \"", text,
                   "\" is not a time span (these are: 30d, 12h, 5m, 1m30s)"));
}

absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view text) {
  if (text.empty()) return absl::InfiniteDuration();
  return ParseDuration("--timeout", text);
}

}  // namespace rollout::ctl
