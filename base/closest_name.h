// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean ...": finds the name somebody meant.

#ifndef BASE_CLOSEST_NAME_H_
#define BASE_CLOSEST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rollout {

// The one of `names` that is nearest to `name`: the same but for case or '-'
// and '_', or at most two letters (half of a short name) put in, left out or
// changed. Empty: none is near.
std::string ClosestName(absl::string_view name,
                        const std::vector<std::string>& names);

}  // namespace rollout

#endif  // BASE_CLOSEST_NAME_H_
