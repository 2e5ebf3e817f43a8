// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/artifact/artifact_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollout::artifact {

using httplib::DataSink;
using httplib::Request;
using httplib::Response;

ArtifactServer::ArtifactServer(std::string artifact)
    : artifact_(std::move(artifact)) {
  server_.set_pre_routing_handler([this](const Request&, Response&) {
    MutexLock lock(&mutex_);
    ++requests_;
    changed_.NotifyAll();
    return httplib::Server::HandlerResponse::Unhandled;
  });
  AddGoodPaths();
  AddBadPaths();
  port_ = server_.bind_to_any_port("127.0.0.1");
  CHECK(port_ > 0);
  thread_ = std::thread([this] { server_.listen_after_bind(); });
}

ArtifactServer::~ArtifactServer() {
  Release();
  // stop() is without effect until the server runs.
  while (!server_.is_running()) std::this_thread::yield();
  server_.stop();
  thread_.join();
}

std::string ArtifactServer::BigPiece() {
  return "#!" + std::string((1 << 20) - 2, 'b');
}

std::string ArtifactServer::Url(const std::string& path) const {
  return absl::StrCat("http://127.0.0.1:", port_, path);
}

int ArtifactServer::requests() {
  MutexLock lock(&mutex_);
  return requests_;
}

void ArtifactServer::AwaitRequests(int count) {
  MutexLock lock(&mutex_);
  while (requests_ < count) changed_.Wait(&mutex_);
}

void ArtifactServer::Release() {
  MutexLock lock(&mutex_);
  released_ = true;
  changed_.NotifyAll();
}

void ArtifactServer::AddGoodPaths() {
  auto whole = [this](const Request&, Response& response) {
    response.set_content(artifact_, "application/octet-stream");
  };
  server_.Get("/artifact", whole);
  server_.Get("/chunked", [this](const Request&, Response& response) {
    response.set_chunked_content_provider("application/octet-stream",
                                          [this](size_t, DataSink& sink) {
                                            for (char byte : artifact_)
                                              sink.write(&byte, 1);
                                            sink.done();
                                            return true;
                                          });
  });
  server_.Get("/redirect", [](const Request&, Response& response) {
    response.set_redirect("/artifact");
  });
  server_.Get("/gzip-said", [this](const Request&, Response& response) {
    response.set_header("Content-Encoding", "gzip");
    response.set_content(artifact_, "application/octet-stream");
  });
  server_.Get("/big", [](const Request&, Response& response) {
    response.set_content_provider(
        size_t{kBigPieces} << 20, "application/octet-stream",
        [piece = BigPiece()](size_t offset, size_t, DataSink& sink) {
          size_t done = offset % piece.size();
          return sink.write(piece.data() + done, piece.size() - done);
        });
  });
  server_.Get("/held",
              [this, whole](const Request& request, Response& response) {
                {
                  MutexLock lock(&mutex_);
                  while (!released_) changed_.Wait(&mutex_);
                }
                whole(request, response);
              });
}

void ArtifactServer::AddBadPaths() {
  server_.Get("/broken", [](const Request&, Response& response) {
    response.status = 500;
    response.set_content("oh", "text/plain");
  });
  server_.Get("/empty", [](const Request&, Response& response) {
    response.status = 204;
  });
  server_.Get("/loop", [](const Request&, Response& response) {
    response.set_redirect("/loop");
  });
  // Ten bytes, then the connection ends.
  auto ten_bytes = [](size_t offset, DataSink& sink) {
    if (offset == 0) sink.write("0123456789", 10);
    return offset == 0;
  };
  server_.Get("/short", [ten_bytes](const Request&, Response& response) {
    response.set_content_provider(
        1000, "application/octet-stream",
        [ten_bytes](size_t offset, size_t, DataSink& sink) {
          return ten_bytes(offset, sink);
        });
  });
  server_.Get("/short-chunked",
              [ten_bytes](const Request&, Response& response) {
                response.set_chunked_content_provider(
                    "application/octet-stream", ten_bytes);
              });
  server_.Get(
      "/short-unannounced", [ten_bytes](const Request&, Response& response) {
        response.set_content_provider("application/octet-stream", ten_bytes);
      });
  server_.Get("/huge", [](const Request&, Response& response) {
    response.set_content_provider(
        size_t{1} << 60, "application/octet-stream",
        [](size_t, size_t, DataSink&) { return false; });
  });
  server_.Get("/endless", [](const Request&, Response& response) {
    response.set_content_provider(
        "application/octet-stream",
        [](size_t, DataSink& sink) { return sink.write("x", 1); });
  });
  server_.Get("/stalled", [this](const Request&, Response& response) {
    response.set_content_provider(1000, "application/octet-stream",
                                  [this](size_t, size_t, DataSink& sink) {
                                    sink.write("0123456789", 10);
                                    MutexLock lock(&mutex_);
                                    while (!released_) changed_.Wait(&mutex_);
                                    return false;
                                  });
  });
}

}  // namespace rollout::artifact
