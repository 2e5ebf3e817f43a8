// SPDX-License-Identifier: Apache-2.0
//
// An HTTP server that gives out one artifact, in good ways and bad ones.

#ifndef TESTS_AGENT_ARTIFACT_ARTIFACT_SERVER_H_
#define TESTS_AGENT_ARTIFACT_ARTIFACT_SERVER_H_

#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "httplib.h"

namespace rollout::artifact {

// Paths: /artifact, /chunked, /redirect, /gzip-said (a Content-Encoding that
// belongs to the file), /held (answers after Release), /big (many BigPieces);
// /missing (404), /broken (500), /empty (204), /loop, /short (10 of 1000
// bytes), /short-chunked, /short-unannounced, /huge (announces 1 EiB), /endless
// (a byte at a time), /stalled (10 of 1000 bytes, then nothing until Release).
class ArtifactServer {
 public:
  static constexpr int kBigPieces = 96;
  // One MiB.
  static std::string BigPiece();

  explicit ArtifactServer(std::string artifact);
  ~ArtifactServer();

  std::string Url(const std::string& path) const;

  // Of all requests, how many have come so far.
  int requests() ABSL_LOCKS_EXCLUDED(mutex_);
  // Until that many have come.
  void AwaitRequests(int count) ABSL_LOCKS_EXCLUDED(mutex_);
  // Lets /held answer.
  void Release() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void AddGoodPaths();
  void AddBadPaths();

  const std::string artifact_;
  httplib::Server server_;
  int port_ = 0;
  Mutex mutex_;
  CondVar changed_;
  int requests_ ABSL_GUARDED_BY(mutex_) = 0;
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rollout::artifact

#endif  // TESTS_AGENT_ARTIFACT_ARTIFACT_SERVER_H_
