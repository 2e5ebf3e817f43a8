// SPDX-License-Identifier: Apache-2.0
//
// One source with its plans, as `rolloutctl describe source` and `sync` show
// it.

#ifndef ROLLOUTCTL_RENDER_SOURCE_DESCRIPTION_H_
#define ROLLOUTCTL_RENDER_SOURCE_DESCRIPTION_H_

#include <string>

#include "absl/time/time.h"
#include "proto/rollout/v1/source.pb.h"

namespace rollout::render {

// Each line with '\n'; its plans as a table behind it, first those that are not
// as the repository has them, and what of each an operator changed. Ages are
// counted up to `now`. Pure.
std::string SourceDescription(const v1::Source& source, absl::Time now,
                              bool color);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_SOURCE_DESCRIPTION_H_
