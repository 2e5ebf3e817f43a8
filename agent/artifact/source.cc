// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/source.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/artifact/file_source.h"
#include "agent/artifact/http_source.h"
#include "base/http_url.h"
#include "base/status_macros.h"

namespace rollout::artifact {

absl::Status ReadSource(const std::string& url, const HttpSettings& settings,
                        SourceSink& sink) {
  if (absl::StartsWith(url, "file://")) {
    return WithContext(ReadFileSource(url, sink), url);
  }
  if (absl::StartsWith(url, "http://") || absl::StartsWith(url, "https://")) {
    return WithContext(ReadHttpSource(url, settings, sink), WithoutQuery(url));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "artifact.url \"", WithoutQuery(url),
      "\" can't be fetched: use file:///PATH, http://... or https://..."));
}

}  // namespace rollout::artifact
