// SPDX-License-Identifier: Apache-2.0
//
// How a source stands, from all that is known of it.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_GITOPS_SOURCE_STATE_H_
#define CONTROLLER_GITOPS_SOURCE_STATE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "controller/gitops/source_settings.h"
#include "controller/store/record.pb.h"
#include "proto/rollout/v1/source.pb.h"

namespace rollout::gitops {

// Why the last pass came to no end; the next one tries again.
struct SyncFailure {
  // One word, "FetchFailed"; empty: it came to one.
  std::string reason;
  std::string message;
};

// Everything but `checked`. `plans` are its plans.
v1::Source DescribeSource(const SourceSettings& settings,
                          const store::SourceRecord& record,
                          const SyncFailure& failure,
                          std::vector<v1::PlanSync> plans);

// As many of the lines as are kept and shown.
std::string BoundedRefusal(absl::string_view errors);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SOURCE_STATE_H_
