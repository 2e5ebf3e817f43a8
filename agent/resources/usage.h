// SPDX-License-Identifier: Apache-2.0
//
// What a generation uses: from its control groups, where they have the
// controllers, else from /proc of its processes.

#ifndef AGENT_RESOURCES_USAGE_H_
#define AGENT_RESOURCES_USAGE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/file_system.h"
#include "proto/rollout/v1/resources.pb.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::agent {

// Asks the shim for the last figures of a generation's groups.
void AskForFigures(shim::v1::StartRequest* request);

// What one file of a control group says, of either version; a file that is not
// known says nothing.
void AddFigure(absl::string_view file, absl::string_view content,
               v1::ResourceUsage* usage);

// Of the generation whose main process is `main` and whose groups are called
// `group`. Reads a few files for each process: some 50 us each, and more where
// one has thousands of descriptors. What can't be read is left out.
v1::ResourceUsage ReadUsage(FileSystem& files, int main,
                            absl::string_view group);

// What is newer in `now` replaces what was known; a peak and the numbers of a
// process that has ended stay.
void MergeUsage(const v1::ResourceUsage& now, v1::ResourceUsage* known);

}  // namespace rollout::agent

#endif  // AGENT_RESOURCES_USAGE_H_
