// SPDX-License-Identifier: Apache-2.0
//
// What a forge says when somebody has pushed. A hint and no more: it names the
// sources to fetch now, and what is applied is what the fetch finds. So a
// webhook that comes twice, late, or never does no harm. The forms are told in
// docs/formats/webhook.md. Pure.

#ifndef CONTROLLER_GITOPS_WEBHOOK_H_
#define CONTROLLER_GITOPS_WEBHOOK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/http_request.h"

namespace rollout::gitops {

// The largest body worth reading.
constexpr size_t kMaxWebhookBytes = 1 << 20;

struct WebhookSource {
  std::string name;
  // Without "refs/heads/".
  std::string branch;
  // Any bytes; empty: takes no webhooks.
  std::string secret;
};

struct WebhookAnswer {
  // Of HTTP: 202: the sources are to be fetched; 200: genuine, and nothing to
  // do; 401: from nobody we know.
  int status = 0;
  // A line for whoever looks at the forge's list of deliveries.
  std::string text;
  // The names of those to be fetched, in the order they were given in.
  std::vector<std::string> sources;
};

// Whom a request is for is told by the secret it proves to know, alone: several
// sources may have one secret. The body is looked into only after that.
WebhookAnswer AnswerWebhook(const HttpRequest& request,
                            const std::vector<WebhookSource>& sources);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_WEBHOOK_H_
