// SPDX-License-Identifier: Apache-2.0
//
// Clients that ask an HTTPS server again and again, each request on a
// connection with a full handshake of its own.

#ifndef TESTS_AGENT_CERTIFICATE_TLS_LOAD_H_
#define TESTS_AGENT_CERTIFICATE_TLS_LOAD_H_

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace rollout::certificate {

// From construction to Stop(), on threads of its own.
class TlsLoad {
 public:
  // On 127.0.0.1.
  TlsLoad(int port, int clients);
  ~TlsLoad() { Stop(); }

  void Stop();

  int good() const { return good_; }
  // What went wrong, each time.
  std::vector<std::string> failures();

 private:
  void Run(int port);

  std::atomic<bool> stop_{false};
  std::atomic<int> good_{0};
  Mutex mutex_;
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

// "GET /" over TLS; the status line, or what went wrong after "error: ".
std::string GetOverTls(int port);

}  // namespace rollout::certificate

#endif  // TESTS_AGENT_CERTIFICATE_TLS_LOAD_H_
