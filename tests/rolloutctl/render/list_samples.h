// SPDX-License-Identifier: Apache-2.0
//
// What a controller lists, for tests of what is shown of it.

#ifndef TESTS_ROLLOUTCTL_RENDER_LIST_SAMPLES_H_
#define TESTS_ROLLOUTCTL_RENDER_LIST_SAMPLES_H_

#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::render {

// One list of each kind, as it was at kNow.
v1::ListResponse SampleLists();

}  // namespace rollout::render

#endif  // TESTS_ROLLOUTCTL_RENDER_LIST_SAMPLES_H_
