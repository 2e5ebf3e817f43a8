// SPDX-License-Identifier: Apache-2.0

#include "base/http_server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "httplib.h"

namespace rollout {
namespace {

constexpr int kThreads = 2;
constexpr time_t kTimeoutSeconds = 5;
constexpr size_t kMaxRequestBytes = 64 << 10;

// httplib's own choice is SO_REUSEPORT, with which a second server on the same
// port would get half of the requests.
void SetOptions(int socket) {
  int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

}  // namespace

HttpServer::HttpServer() : server_(std::make_unique<httplib::Server>()) {
  server_->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server_->set_socket_options(SetOptions);
  server_->set_read_timeout(kTimeoutSeconds);
  server_->set_write_timeout(kTimeoutSeconds);
  // A connection holds one of the few threads while it is open.
  server_->set_keep_alive_max_count(1);
  server_->set_payload_max_length(kMaxRequestBytes);
}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::AddPage(const std::string& path,
                         std::function<HttpPage()> page) {
  // The path is a regular expression to httplib; ours hold none.
  server_->Get(path, [page = std::move(page)](const httplib::Request&,
                                              httplib::Response& response) {
    HttpPage content = page();
    response.status = content.status;
    response.set_content(content.body, content.content_type);
  });
}

absl::Status HttpServer::Start(const HostPort& address) {
  errno = 0;
  int port = address.port;
  if (port == 0) {
    port = server_->bind_to_any_port(address.host);
  } else if (!server_->bind_to_port(address.host, port)) {
    port = -1;
  }
  if (port < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve HTTP on ", ToString(address), ": ",
                     errno != 0 ? strerror(errno) : "the host is not known",
                     ": choose another address"));
  }
  address_ = {address.host, static_cast<uint16_t>(port)};
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  // Until then httplib ignores stop().
  while (!server_->is_running()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return absl::OkStatus();
}

void HttpServer::Stop() {
  server_->stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace rollout
