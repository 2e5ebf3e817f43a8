// SPDX-License-Identifier: Apache-2.0
//
// Which generation of a service an operator means who names none.

#ifndef ROLLOUTCTL_GENERATION_CHOICE_H_
#define ROLLOUTCTL_GENERATION_CHOICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout::ctl {

// The newest one that listens and is not leaving: the candidate, while there is
// one, whatever its weight. With `revision` (its id, or how that begins) only
// those of that revision count. NotFound: names what is there instead.
absl::StatusOr<v1::GenerationObservation> ChooseGeneration(
    const v1::Host& host, const std::string& service,
    const std::string& revision);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_GENERATION_CHOICE_H_
