// SPDX-License-Identifier: Apache-2.0

#include "base/http_server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/http_connection.h"
#include "base/unique_fd.h"
#include "httplib.h"

namespace rollout {
namespace {

constexpr int kThreads = 2;
// httplib's own choice, 5, loses connections when many come at once.
constexpr int kBacklog = 1024;
// Of a request without its body; and of how the pieces of a body are wrapped.
constexpr size_t kHeadBytes = 64 << 10;

// httplib's own choice is SO_REUSEPORT, with which a second server on the same
// port would get half of the requests.
void SetOptions(int socket) {
  int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

HttpPage Refusal(int status, absl::string_view why) {
  return {status, absl::StrCat(why, "\n")};
}

void Answer(const HttpPage& page, httplib::Response& response) {
  response.status = page.status;
  response.set_content(page.body, page.content_type);
}

// How long the body is said to be; all bits set: that comes with it.
constexpr uint64_t kChunked = std::numeric_limits<uint64_t>::max();

// Nothing: it can't be told, and the body can't be read.
std::optional<uint64_t> BodyLength(const httplib::Request& request) {
  if (request.has_header("Transfer-Encoding")) {
    return absl::EqualsIgnoreCase(request.get_header_value("Transfer-Encoding"),
                                  "chunked")
               ? std::make_optional(kChunked)
               : std::nullopt;
  }
  if (!request.has_header("Content-Length")) return 0;
  uint64_t length = 0;
  if (!absl::SimpleAtoi(request.get_header_value("Content-Length"), &length) ||
      length == kChunked) {
    return std::nullopt;
  }
  return length;
}

// Into `body`. An answer: there is none to hand on.
std::optional<HttpPage> ReadBody(const httplib::Request& request,
                                 const httplib::ContentReader& read,
                                 size_t max_bytes, std::string* body) {
  const HttpPage too_large = Refusal(
      413,
      absl::StrCat("the body has more than ", max_bytes, " bytes: send less"));
  if (request.is_multipart_form_data() ||
      request.has_header("Content-Encoding")) {
    return Refusal(415, "the body is encoded: send it as it is");
  }
  const std::optional<uint64_t> length = BodyLength(request);
  if (!length) {
    return Refusal(400,
                   "the length of the body is not told: send Content-Length, "
                   "or Transfer-Encoding: chunked");
  }
  if (*length == 0) return std::nullopt;
  if (*length != kChunked && *length > max_bytes) return too_large;
  bool fits = true;
  const bool whole = read([&](const char* bytes, size_t size) {
    fits = size <= max_bytes - body->size();
    if (fits) body->append(bytes, size);
    return fits;
  });
  if (!fits) return too_large;
  if (!whole) return Refusal(400, "the body did not come whole: send it again");
  return std::nullopt;
}

}  // namespace

// httplib's, but with each connection bounded.
class HttpServer::Server : public httplib::Server {
 public:
  explicit Server(absl::Duration request_time) : request_time_(request_time) {
    new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    set_socket_options(SetOptions);
    // It would read the body of whatever comes.
    set_pre_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) {
          if (request.method == "GET" || request.method == "HEAD" ||
              MaxBody(request) != nullptr) {
            return HandlerResponse::Unhandled;
          }
          response.status = 404;
          return HandlerResponse::Handled;
        });
  }

  void AddPost(const std::string& path, size_t max_body_bytes,
               std::function<HttpPage(const HttpRequest&)> handler) {
    max_bodies_[path] = max_body_bytes;
    Post(path, [max_body_bytes, handler = std::move(handler)](
                   const httplib::Request& request, httplib::Response& response,
                   const httplib::ContentReader& read) {
      HttpRequest posted;
      std::optional<HttpPage> refusal =
          ReadBody(request, read, max_body_bytes, &posted.body);
      for (const auto& [name, value] : request.headers) {
        posted.AddHeader(name, value);
      }
      Answer(refusal ? *refusal : handler(posted), response);
    });
  }

  // After a successful bind.
  void WidenBacklog() { ::listen(svr_sock_, kBacklog); }

 private:
  // Null: nothing is to be posted there.
  const size_t* MaxBody(const httplib::Request& request) const {
    auto found = max_bodies_.find(request.path);
    return request.method == "POST" && found != max_bodies_.end()
               ? &found->second
               : nullptr;
  }

  // One request each: a connection holds one of the few threads while it is
  // open.
  bool process_and_close_socket(socket_t accepted) override {
    UniqueFd socket(accepted);
    // Stopped.
    if (svr_sock_ == INVALID_SOCKET) return false;
    HttpConnection connection(socket.get(), request_time_);
    connection.Allow(kHeadBytes);
    bool closed = false;
    bool served = process_request(connection, /*close_connection=*/true, closed,
                                  [&](httplib::Request& request) {
                                    const size_t* max_body = MaxBody(request);
                                    if (max_body != nullptr)
                                      connection.Allow(*max_body + kHeadBytes);
                                  });
    shutdown(socket.get(), SHUT_RDWR);
    return served;
  }

  const absl::Duration request_time_;
  // By path.
  std::map<std::string, size_t> max_bodies_;
};

HttpServer::HttpServer(absl::Duration request_time)
    : server_(std::make_unique<Server>(request_time)) {}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::AddPage(const std::string& path,
                         std::function<HttpPage()> page) {
  // The path is a regular expression to httplib; ours hold none.
  server_->Get(path, [page = std::move(page)](const httplib::Request&,
                                              httplib::Response& response) {
    Answer(page(), response);
  });
}

void HttpServer::AddPost(const std::string& path, size_t max_body_bytes,
                         std::function<HttpPage(const HttpRequest&)> handler) {
  server_->AddPost(path, max_body_bytes, std::move(handler));
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
  server_->WidenBacklog();
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
