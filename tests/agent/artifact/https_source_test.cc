// SPDX-License-Identifier: Apache-2.0
//
// Whom the store believes over https.

#include <stdlib.h>

#include <optional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "agent/artifact/http_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "tests/fakes/self_signed.h"

namespace rollout::artifact {
namespace {

using ::testing::HasSubstr;

class StringSink : public SourceSink {
 public:
  absl::Status Begin(std::optional<uint64_t>) override {
    return absl::OkStatus();
  }
  absl::Status Append(absl::string_view bytes) override {
    content.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }

  std::string content;
};

class HttpsServer {
 public:
  explicit HttpsServer(const SelfSigned& identity)
      : server_(identity.certificate(), identity.key()) {
    server_.Get("/", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("secret of nobody", "text/plain");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~HttpsServer() {
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }

  std::string Url(const std::string& host) const {
    return absl::StrCat("https://", host, ":", port_, "/");
  }

 private:
  httplib::SSLServer server_;
  int port_ = 0;
  std::thread thread_;
};

TEST(HttpsSource, BelievesWhomTheMachineTrusts) {
  SelfSigned trusted, stranger;
  const std::string ca = ::testing::TempDir() + "/https_source_test_ca.crt";
  trusted.WriteTo(ca);
  setenv("SSL_CERT_FILE", ca.c_str(), 1);
  HttpsServer server(trusted), strange_server(stranger);
  struct Case {
    const char* name;
    std::string url;
    absl::StatusCode code;
  };
  const Case kCases[] = {
      {"trusted", server.Url("127.0.0.1"), absl::StatusCode::kOk},
      {"another name", server.Url("localhost"), absl::StatusCode::kUnavailable},
      {"a stranger", strange_server.Url("127.0.0.1"),
       absl::StatusCode::kUnavailable},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    StringSink sink;
    absl::Status status = ReadHttpSource(c.url, {}, sink);
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_EQ(sink.content, status.ok() ? "secret of nobody" : "");
    EXPECT_THAT(status.message(), HasSubstr(status.ok() ? "" : "not trusted"));
  }
}

}  // namespace
}  // namespace rollout::artifact
