// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/http_exchange.h"

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "tests/controller/gitops/dead_port.h"
#include "tests/controller/gitops/scripted_server.h"
#include "tests/fakes/self_signed.h"

namespace rollout::gitops {
namespace {

using ::testing::HasSubstr;

constexpr size_t kMaxBytes = 10;

HttpQuestion Get(const std::string& url) {
  HttpQuestion question;
  question.url = url;
  return question;
}

// No test waits for it.
HttpBounds Unhurried() { return {absl::Hours(1), kMaxBytes}; }

TEST(HttpExchange, AsksAndBringsAnyAnswer) {
  ScriptedServer server(
      [](const httplib::Request& request, httplib::Response& response) {
        response.status = request.method == "POST" ? 422 : 200;
        response.set_content(
            request.method + request.get_header_value("X-Y") + request.body,
            "text/plain");
      });
  HttpExchange exchange(Unhurried());
  HttpQuestion question = Get(server.Url("/x?y=z"));
  auto answer = exchange.Ask(question);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "GET");
  EXPECT_EQ(server.requests()[0].target, "/x?y=z");

  question.method = "POST";
  question.headers = {{"X-Y", "h"}};
  question.body = "body";
  answer = exchange.Ask(question);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 422);
  EXPECT_EQ(answer->body, "POSThbody");
}

TEST(HttpExchange, BoundsTheAnswer) {
  ScriptedServer server(
      [](const httplib::Request& request, httplib::Response& response) {
        if (request.path == "/as-long-as-may-be") {
          response.set_content("0123456789", "text/plain");
        } else if (request.path == "/a-byte-longer") {
          response.set_content("0123456789a", "text/plain");
        } else {
          response.set_chunked_content_provider(
              "text/plain", [](size_t, httplib::DataSink& sink) {
                return sink.write("01234", 5);
              });
        }
      });
  HttpExchange exchange(Unhurried());
  EXPECT_EQ(exchange.Ask(Get(server.Url("/as-long-as-may-be")))->body,
            "0123456789");
  for (const char* path : {"/a-byte-longer", "/without-end"}) {
    SCOPED_TRACE(path);
    absl::Status status = exchange.Ask(Get(server.Url(path))).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(status.message()), HasSubstr("10 bytes"));
  }
}

// Of the second path a byte comes and another one: no single read waits long.
TEST(HttpExchange, BoundsTheTimeOfTheWhole) {
  ScriptedServer server(
      [&](const httplib::Request& request, httplib::Response& response) {
        if (request.path == "/silent") server.Hold();
        response.set_chunked_content_provider(
            "text/plain",
            [](size_t, httplib::DataSink& sink) { return sink.write("x", 1); });
      });
  HttpExchange exchange({absl::Milliseconds(50), /*bytes=*/size_t{1} << 40});
  for (const char* path : {"/silent", "/trickle"}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(exchange.Ask(Get(server.Url(path))).status().code(),
              absl::StatusCode::kDeadlineExceeded);
  }
}

TEST(HttpExchange, IsCancelledFromAnotherThread) {
  ScriptedServer server(
      [&](const httplib::Request&, httplib::Response&) { server.Hold(); });
  HttpExchange exchange(Unhurried());
  std::thread other([&] {
    server.AwaitRequests(1);
    exchange.Cancel();
  });
  EXPECT_EQ(exchange.Ask(Get(server.Url("/"))).status().code(),
            absl::StatusCode::kCancelled);
  other.join();
  EXPECT_EQ(exchange.Ask(Get(server.Url("/"))).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(HttpExchange, FollowsRedirectsWhereItMay) {
  ScriptedServer server(
      [](const httplib::Request& request, httplib::Response& response) {
        if (request.path == "/there") {
          response.set_content("here", "text/plain");
        } else {
          response.set_redirect(request.path == "/loop" ? "/loop" : "/there");
        }
      });
  HttpExchange exchange(Unhurried());
  HttpQuestion question = Get(server.Url("/moved"));
  EXPECT_EQ(exchange.Ask(question)->status, 302);
  question.follows_redirects = true;
  EXPECT_EQ(exchange.Ask(question)->body, "here");
  question.url = server.Url("/loop");
  EXPECT_EQ(exchange.Ask(question).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(HttpExchange, SaysWhyThereIsNoAnswer) {
  DeadPort dead;
  HttpExchange exchange(Unhurried());
  absl::Status status = exchange.Ask(Get(dead.Url("/"))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot connect"));
  EXPECT_EQ(exchange.Ask(Get("git://x/")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(HttpExchange, BelievesWhomItIsTold) {
  SelfSigned trusted, stranger;
  const std::string trusted_file = ::testing::TempDir() + "/trusted.crt";
  const std::string stranger_file = ::testing::TempDir() + "/stranger.crt";
  trusted.WriteTo(trusted_file);
  stranger.WriteTo(stranger_file);
  httplib::SSLServer server(trusted.certificate(), trusted.key());
  server.Get("/", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("ok", "text/plain");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread thread([&] { server.listen_after_bind(); });
  struct Case {
    const char* name;
    std::string ca_file;
    absl::StatusCode code;
    const char* says;
  };
  const Case kCases[] = {
      {"trusted", trusted_file, absl::StatusCode::kOk, ""},
      {"a stranger", stranger_file, absl::StatusCode::kUnavailable,
       "not trusted"},
      {"the machine's", "", absl::StatusCode::kUnavailable, "not trusted"},
      {"no file", "/no-such.crt", absl::StatusCode::kInvalidArgument,
       "/no-such.crt"},
  };
  HttpExchange exchange(Unhurried());
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    HttpQuestion question = Get(absl::StrCat("https://127.0.0.1:", port, "/"));
    question.ca_file = c.ca_file;
    absl::Status status = exchange.Ask(question).status();
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
  }
  while (!server.is_running()) std::this_thread::yield();
  server.stop();
  thread.join();
}

}  // namespace
}  // namespace rollout::gitops
