// SPDX-License-Identifier: Apache-2.0

#include "tests/controller/gitops/scripted_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollout::gitops {

ScriptedServer::ScriptedServer(Answer answer) : answer_(std::move(answer)) {
  auto take = [this](const httplib::Request& request,
                     httplib::Response& response) {
    {
      MutexLock lock(&mutex_);
      requests_.push_back(request);
      changed_.NotifyAll();
    }
    answer_(request, response);
  };
  server_.Get(".*", take);
  server_.Post(".*", take);
  port_ = server_.bind_to_any_port("127.0.0.1");
  CHECK(port_ > 0);
  thread_ = std::thread([this] { server_.listen_after_bind(); });
}

ScriptedServer::~ScriptedServer() {
  Release();
  // stop() is without effect until the server runs.
  while (!server_.is_running()) std::this_thread::yield();
  server_.stop();
  thread_.join();
}

std::string ScriptedServer::Url(const std::string& path) const {
  return absl::StrCat("http://127.0.0.1:", port_, path);
}

std::vector<httplib::Request> ScriptedServer::requests() {
  MutexLock lock(&mutex_);
  return requests_;
}

void ScriptedServer::AwaitRequests(size_t count) {
  MutexLock lock(&mutex_);
  while (requests_.size() < count) changed_.Wait(&mutex_);
}

void ScriptedServer::Hold() {
  MutexLock lock(&mutex_);
  while (!released_) changed_.Wait(&mutex_);
}

void ScriptedServer::Release() {
  MutexLock lock(&mutex_);
  released_ = true;
  changed_.NotifyAll();
}

}  // namespace rollout::gitops
