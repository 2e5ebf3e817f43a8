// SPDX-License-Identifier: Apache-2.0
//
// Reads what a URL names, piece by piece: a file of this machine or something
// served over HTTP. Never more than one piece is in memory.

#ifndef AGENT_ARTIFACT_SOURCE_H_
#define AGENT_ARTIFACT_SOURCE_H_

#include <string>

#include "absl/status/status.h"
#include "agent/artifact/http_source.h"
#include "agent/artifact/source_sink.h"

namespace rollout::artifact {

// `url`: "file:///path", "http://..." or "https://...". Blocks. Safe from any
// thread. InvalidArgument: another URL; else as ReadFileSource and
// ReadHttpSource, and what the sink returned; all with the URL in
// front, without its query.
absl::Status ReadSource(const std::string& url, const HttpSettings& settings,
                        SourceSink& sink);

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_SOURCE_H_
