// SPDX-License-Identifier: Apache-2.0
//
// The tables of `rolloutctl get`, `apply` and `history`.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_LISTS_H_
#define ROLLOUTCTL_RENDER_LISTS_H_

#include "absl/time/time.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/render/table.h"

namespace rollout::render {

// The list of `kind` in the answer. Ages are counted up to `now`.
Table ListTable(v1::Kind kind, const v1::ListResponse& list, absl::Time now,
                Width width);

// What an apply did to each plan.
Table AppliedTable(const v1::ApplyResponse& applied);

// Rollouts of one plan with who and why; `revisions` give the numbers that
// `undo --to-revision` takes.
Table HistoryTable(const v1::ListResponse& rollouts,
                   const v1::ListResponse& revisions, Width width);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_LISTS_H_
