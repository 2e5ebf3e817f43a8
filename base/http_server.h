// SPDX-License-Identifier: Apache-2.0
//
// Small pages over HTTP: metrics, health; and what others post to us.
// Plaintext. Whoever sends too much or too slowly is cut off: a request takes
// no more memory than its bound and 64 KiB, and no more than 10 seconds.

#ifndef BASE_HTTP_SERVER_H_
#define BASE_HTTP_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/host_port.h"
#include "base/http_request.h"

namespace rollout {

struct HttpPage {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
};

// Not thread-safe, but for the pages: they run on the server's own threads,
// several at once.
class HttpServer {
 public:
  // `request_time`: for a request and its answer.
  explicit HttpServer(absl::Duration request_time = absl::Seconds(10));
  // Stops.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Answers GET of exactly `path`. Before Start.
  void AddPage(const std::string& path, std::function<HttpPage()> page);

  // Answers POST of exactly `path` with what `handler` makes of it. A body of
  // more than `max_body_bytes` is read no further than that and answered with
  // 413; one that does not come whole, with 400; one that is in parts
  // (multipart) or encoded, with 415. Before Start.
  void AddPost(const std::string& path, size_t max_body_bytes,
               std::function<HttpPage(const HttpRequest&)> handler);

  // Listens and serves on threads of its own. Unavailable: the address can't be
  // had; names it and says why. Once.
  absl::Status Start(const HostPort& address);

  // Where it listens, with the port the kernel chose; after Start.
  const HostPort& address() const { return address_; }

  // Ends all threads. Idempotent.
  void Stop();

 private:
  class Server;

  const std::unique_ptr<Server> server_;
  HostPort address_;
  std::thread thread_;
};

}  // namespace rollout

#endif  // BASE_HTTP_SERVER_H_
