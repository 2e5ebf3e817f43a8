// SPDX-License-Identifier: Apache-2.0
//
// One question to an HTTP server and its answer, bounded in time and in memory
// whatever the server does, and ended when the controller leaves.

#ifndef CONTROLLER_GITOPS_HTTP_EXCHANGE_H_
#define CONTROLLER_GITOPS_HTTP_EXCHANGE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace rollout::gitops {

struct HttpQuestion {
  std::string method = "GET";
  // "http://..." or "https://...".
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Authorities (PEM) that are believed besides the machine's. Empty: none.
  std::string ca_file;
  // Up to 20 of them; each is to be believed by the machine's authorities.
  // Not with headers that no other server may see.
  bool follows_redirects = false;
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

struct HttpBounds {
  // Of the whole, name look-up excepted.
  absl::Duration time = absl::Seconds(10);
  // Of the answer's body.
  size_t bytes = 1 << 20;
};

// One Ask at a time; Cancel from any thread.
class HttpExchange {
 public:
  explicit HttpExchange(HttpBounds bounds) : bounds_(bounds) {}

  // Blocks. Any status is an answer. InvalidArgument: the URL, or ca_file.
  // ResourceExhausted: a longer answer than the bound. DeadlineExceeded: not
  // within the time. Unavailable: the server can't be reached, is not believed
  // or breaks off. Cancelled.
  absl::StatusOr<HttpAnswer> Ask(const HttpQuestion& question)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the Ask under way, and later ones at once. Idempotent.
  void Cancel() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Watch;

  const HttpBounds bounds_;
  Mutex mutex_;
  CondVar changed_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  // The Ask under way is over.
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  // A duplicate of its newest socket, for whoever ends it.
  UniqueFd socket_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_HTTP_EXCHANGE_H_
