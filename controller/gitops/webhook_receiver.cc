// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/webhook_receiver.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "base/log.h"

namespace rollout::gitops {

WebhookReceiver::WebhookReceiver(const std::vector<SourceSettings>& sources,
                                 FileSystem& files, Hint hint)
    : files_(files), hint_(std::move(hint)) {
  for (const SourceSettings& source : sources) {
    if (source.webhook_secret_file.empty()) continue;
    hooked_.push_back(
        {{source.name, source.fetch.branch(), ""}, source.webhook_secret_file});
  }
}

WebhookAnswer WebhookReceiver::Receive(const HttpRequest& request) const {
  std::vector<WebhookSource> sources;
  for (const Hooked& hooked : hooked_) {
    absl::StatusOr<std::string> secret = files_.Read(hooked.secret_file);
    if (!secret.ok()) {
      LogError("source ", hooked.source.name,
               " takes no webhook: ", secret.status().message());
      continue;
    }
    // Most editors end a file with a line break.
    sources.push_back(
        {hooked.source.name, hooked.source.branch,
         std::string(absl::StripTrailingAsciiWhitespace(*secret))});
  }
  WebhookAnswer answer = AnswerWebhook(request, sources);
  for (const std::string& source : answer.sources) hint_(source);
  return answer;
}

}  // namespace rollout::gitops
