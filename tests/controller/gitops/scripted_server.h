// SPDX-License-Identifier: Apache-2.0
//
// An HTTP server on loopback that answers as its test says, and remembers what
// it was asked.

#ifndef TESTS_CONTROLLER_GITOPS_SCRIPTED_SERVER_H_
#define TESTS_CONTROLLER_GITOPS_SCRIPTED_SERVER_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "httplib.h"

namespace rollout::gitops {

class ScriptedServer {
 public:
  // Called for GET and POST of any path, on several threads.
  using Answer =
      std::function<void(const httplib::Request&, httplib::Response&)>;

  explicit ScriptedServer(Answer answer);
  // Releases.
  ~ScriptedServer();

  std::string Url(const std::string& path) const;

  // All so far, each as it came, before it was answered.
  std::vector<httplib::Request> requests() ABSL_LOCKS_EXCLUDED(mutex_);
  // Until that many have come.
  void AwaitRequests(size_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // For answers: until Release.
  void Hold() ABSL_LOCKS_EXCLUDED(mutex_);
  void Release() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Answer answer_;
  httplib::Server server_;
  int port_ = 0;
  Mutex mutex_;
  CondVar changed_;
  std::vector<httplib::Request> requests_ ABSL_GUARDED_BY(mutex_);
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rollout::gitops

#endif  // TESTS_CONTROLLER_GITOPS_SCRIPTED_SERVER_H_
