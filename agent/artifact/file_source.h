// SPDX-License-Identifier: Apache-2.0
//
// Artifacts that lie in a file of this machine.

#ifndef AGENT_ARTIFACT_FILE_SOURCE_H_
#define AGENT_ARTIFACT_FILE_SOURCE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/artifact/source_sink.h"

namespace rollout::artifact {

// `url`: "file:///path" with %XX escapes. InvalidArgument: another form, or not
// a regular file. NotFound, PermissionDenied and the like: the file.
absl::Status ReadFileSource(absl::string_view url, SourceSink& sink);

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_FILE_SOURCE_H_
