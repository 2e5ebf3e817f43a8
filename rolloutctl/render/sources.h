// SPDX-License-Identifier: Apache-2.0
//
// Sources: the table of `rolloutctl get sources`, and one with its plans, as
// `describe source` and `sync` show it.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_SOURCES_H_
#define ROLLOUTCTL_RENDER_SOURCES_H_

#include <string>

#include "absl/time/time.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "proto/rollout/v1/source.pb.h"
#include "rolloutctl/render/table.h"

namespace rollout::render {

// "Synced", "OutOfSync", "Failed".
std::string SyncWord(v1::SyncState state);

// Ages are counted up to `now`.
Table SourcesTable(const v1::ListResponse& list, absl::Time now);

// Each line with '\n'; its plans as a table behind it, first those that are not
// as the repository has them.
std::string SourceDescription(const v1::Source& source, absl::Time now,
                              bool color);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_SOURCES_H_
