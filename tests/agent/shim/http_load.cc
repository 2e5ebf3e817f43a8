// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/shim/http_load.h"

#include "absl/strings/str_cat.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {

HttpLoad::HttpLoad(uint16_t port, int clients)
    : HttpLoad([port] { return Get(port); }, clients) {}

HttpLoad::HttpLoad(std::function<std::string()> ask, int clients) {
  for (int i = 0; i < clients; ++i) {
    clients_.emplace_back([this, ask] { Run(ask); });
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

void HttpLoad::Run(const std::function<std::string()>& ask) {
  while (!stopping_) {
    std::string body = ask();
    ++done_;
    MutexLock lock(&mutex_);
    ++answers_[body];
  }
}

}  // namespace rollout::shim
