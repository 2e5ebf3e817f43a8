// SPDX-License-Identifier: Apache-2.0
//
// Clients that ask for "/" again and again, one connection a request, no
// retries, and count what they get.

#ifndef TESTS_AGENT_SHIM_HTTP_LOAD_H_
#define TESTS_AGENT_SHIM_HTTP_LOAD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace rollout::shim {

class HttpLoad {
 public:
  HttpLoad(uint16_t port, int clients);
  // Clients that ask otherwise; `ask` is called by all of them.
  HttpLoad(std::function<std::string()> ask, int clients);
  ~HttpLoad() { Stop(); }

  // Ends the clients after the request each is at.
  void Stop();

  int done() const { return done_; }
  // How often each body came; failures begin with "error: ".
  std::map<std::string, int> answers();
  // Answers that are no "generation N", for a message; empty: none.
  std::string failures();

 private:
  void Run(const std::function<std::string()>& ask);

  std::atomic<bool> stopping_{false};
  std::atomic<int> done_{0};
  Mutex mutex_;
  std::map<std::string, int> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> clients_;
};

}  // namespace rollout::shim

#endif  // TESTS_AGENT_SHIM_HTTP_LOAD_H_
