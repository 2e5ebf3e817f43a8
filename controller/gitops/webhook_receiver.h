// SPDX-License-Identifier: Apache-2.0
//
// Webhooks as they come in over HTTP: from a request to hints for sources.

#ifndef CONTROLLER_GITOPS_WEBHOOK_RECEIVER_H_
#define CONTROLLER_GITOPS_WEBHOOK_RECEIVER_H_

#include <functional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/http_request.h"
#include "controller/gitops/source_settings.h"
#include "controller/gitops/webhook.h"

namespace rollout::gitops {

// Safe from any thread.
class WebhookReceiver {
 public:
  using Hint = std::function<void(const std::string& source)>;

  // `files` must outlive this.
  WebhookReceiver(const std::vector<SourceSettings>& sources, FileSystem& files,
                  Hint hint);

  // Calls the hint for each source that is to be fetched. The secrets are read
  // each time: whoever changes one need not restart the controller. A source
  // whose secret can't be read takes no webhooks; the log says so.
  WebhookAnswer Receive(const HttpRequest& request) const;

 private:
  struct Hooked {
    WebhookSource source;
    std::string secret_file;
  };

  // Those that take webhooks, their secrets still missing.
  std::vector<Hooked> hooked_;
  FileSystem& files_;
  const Hint hint_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_WEBHOOK_RECEIVER_H_
