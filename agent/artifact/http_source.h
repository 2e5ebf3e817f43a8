// SPDX-License-Identifier: Apache-2.0
//
// Artifacts that an HTTP server has.

#ifndef AGENT_ARTIFACT_HTTP_SOURCE_H_
#define AGENT_ARTIFACT_HTTP_SOURCE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/artifact/source_sink.h"

namespace rollout::artifact {

struct HttpSettings {
  absl::Duration connect_timeout = absl::Seconds(10);
  // Without a single byte. A transfer that moves may take as long as it needs.
  absl::Duration idle_timeout = absl::Seconds(30);
};

// `url`: "http://..." or "https://...". Follows up to 20 redirects. Servers of
// https:// are verified against the machine's CA certificates. The bytes go
// on as the server has them: a Content-Encoding is not undone, because the
// digest is of the file.
//
// InvalidArgument: the URL. NotFound: the server has no such thing.
// Unavailable: it can't be reached or refuses. DataLoss: the transfer ended
// before all was there.
absl::Status ReadHttpSource(const std::string& url,
                            const HttpSettings& settings, SourceSink& sink);

}  // namespace rollout::artifact

#endif  // AGENT_ARTIFACT_HTTP_SOURCE_H_
