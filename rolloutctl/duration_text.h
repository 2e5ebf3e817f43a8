// SPDX-License-Identifier: Apache-2.0
//
// Durations as people give them to a flag.

#ifndef ROLLOUTCTL_DURATION_TEXT_H_
#define ROLLOUTCTL_DURATION_TEXT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rollout::ctl {

// "30d", "1d12h", "10m", "1.5s": as absl::ParseDuration, and days in front.
// InvalidArgument, naming `flag`: it is none of these, or not positive.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view flag,
                                             absl::string_view text);

// Of a --timeout flag; infinite when it was not given.
absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view text);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_DURATION_TEXT_H_
