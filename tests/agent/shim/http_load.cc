// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/shim/http_load.h"

#include "absl/strings/str_cat.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {

HttpLoad::HttpLoad(uint16_t port, int clients) {
  for (int i = 0; i < clients; ++i) {
    clients_.emplace_back([this, port] { Run(port); });
  }
}

void HttpLoad::Stop() {
  stopping_ = true;
  for (std::thread& client : clients_) client.join();
  clients_.clear();
}

std::map<std::string, int> HttpLoad::answers() {
  MutexLock lock(&mutex_);
  return answers_;
}

std::string HttpLoad::failures() {
  std::string failures;
  for (const auto& [body, count] : answers()) {
    if (!IsAnswer(body))
      absl::StrAppend(&failures, count, " times ", body, "\n");
  }
  return failures;
}

void HttpLoad::Run(uint16_t port) {
  while (!stopping_) {
    std::string body = Get(port);
    ++done_;
    MutexLock lock(&mutex_);
    ++answers_[body];
  }
}

}  // namespace rollout::shim
