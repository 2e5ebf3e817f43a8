// SPDX-License-Identifier: Apache-2.0

#include "base/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr size_t kMaxBody = 10;

// A client with no manners.
class RawClient {
 public:
  explicit RawClient(const HttpServer& server)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.address().port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(socket_.get(), reinterpret_cast<sockaddr*>(&address),
                  sizeof address) == 0);
  }

  // False: the server takes no more.
  bool Send(absl::string_view text) {
    while (!text.empty()) {
      ssize_t sent =
          send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(sent);
    }
    return true;
  }

  void EndSending() { shutdown(socket_.get(), SHUT_WR); }

  // Whether the server has answered, or hung up, within a moment.
  bool Hears() {
    pollfd polled = {socket_.get(), POLLIN, 0};
    return poll(&polled, 1, /*timeout=*/10) > 0;
  }

  // All that comes until the server hangs up.
  std::string Receive() {
    std::string received;
    char buffer[4096];
    ssize_t got;
    while ((got = recv(socket_.get(), buffer, sizeof buffer, 0)) > 0) {
      received.append(buffer, got);
    }
    return received;
  }

 private:
  UniqueFd socket_;
};

std::string Head(absl::string_view headers) {
  return absl::StrCat("POST /hook HTTP/1.1\r\nHost: x\r\n", headers, "\r\n");
}

std::string Chunked(absl::string_view body) {
  return absl::StrCat(Head("Transfer-Encoding: chunked\r\n"), body);
}

TEST(HttpServer, ServesItsPagesOnThePortTheKernelChose) {
  HttpServer server;
  server.AddPage("/healthz", [] { return HttpPage{200, "ok\n"}; });
  server.AddPage("/readyz", [] { return HttpPage{503, "no engine\n"}; });
  ASSERT_TRUE(server.Start({"127.0.0.1", 0}).ok());
  ASSERT_NE(server.address().port, 0);

  httplib::Client client("127.0.0.1", server.address().port);
  auto healthy = client.Get("/healthz");
  ASSERT_TRUE(healthy);
  EXPECT_EQ(healthy->status, 200);
  EXPECT_EQ(healthy->body, "ok\n");
  EXPECT_EQ(client.Get("/readyz")->status, 503);
  EXPECT_EQ(client.Get("/other")->status, 404);
  EXPECT_EQ(client.Post("/healthz")->status, 404);
}

TEST(HttpServer, StopsAtOnceAndFreesThePort) {
  HttpServer first;
  ASSERT_TRUE(first.Start({"127.0.0.1", 0}).ok());
  HostPort address = first.address();

  HttpServer second;
  absl::Status taken = second.Start(address);
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.message()), HasSubstr(ToString(address)));
  EXPECT_THAT(std::string(taken.message()), HasSubstr("in use"));

  first.Stop();
  HttpServer third;
  EXPECT_TRUE(third.Start(address).ok());
}

TEST(HttpServer, SaysThatAHostIsNotKnown) {
  HttpServer server;
  absl::Status status = server.Start({"no-such-host.invalid", 0});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no-such-host.invalid"));
}

TEST(HttpServer, HandsOnWhatIsPosted) {
  HttpServer server;
  server.AddPage("/healthz", [] { return HttpPage{200, "ok\n"}; });
  server.AddPost("/hook", kMaxBody, [](const HttpRequest& request) {
    return HttpPage{202,
                    absl::StrCat(request.Header("x-Colour"), "|",
                                 request.Header("x-none"), "|", request.body)};
  });
  ASSERT_TRUE(server.Start({"127.0.0.1", 0}).ok());
  httplib::Client client("127.0.0.1", server.address().port);

  auto answer =
      client.Post("/hook", {{"X-COLOUR", "red"}, {"x-colour", "blue"}},
                  "0123456789", "application/json");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->body, "red||0123456789");
  EXPECT_EQ(client.Post("/hook")->body, "||");
  EXPECT_EQ(client.Get("/hook")->status, 404);
  EXPECT_EQ(client.Put("/hook", "x", "text/plain")->status, 404);
  EXPECT_EQ(client.Post("/hook/", "x", "text/plain")->status, 404);
  EXPECT_EQ(client.Post("/healthz", "x", "text/plain")->status, 404);
}

TEST(HttpServer, TakesABodyThatIsWholeAndWithinItsBound) {
  const std::string line_without_end(2 << 20, 'x');
  struct Case {
    const char* name;
    std::string request;
    // Of the answer; empty: the server hangs up without one.
    const char* status;
    bool is_handled;
  };
  const Case kCases[] = {
      {"no body", Head(""), "202", true},
      {"as long as may be", Head("Content-Length: 10\r\n") + "0123456789",
       "202", true},
      {"in chunks", Chunked("4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"), "202",
       true},
      {"a byte too long", Head("Content-Length: 11\r\n"), "413", false},
      {"an EiB", Head("Content-Length: 1152921504606846976\r\n"), "413", false},
      {"a byte too long, in chunks", Chunked("6\r\n012345\r\n5\r\n67890\r\n"),
       "413", false},
      {"an endless chunk", Chunked("7fffffff\r\n" + line_without_end), "413",
       false},
      {"a length that is none", Head("Content-Length: -1\r\n") + "x", "400",
       false},
      {"two bytes of three", Head("Content-Length: 3\r\n") + "01", "400",
       false},
      {"two bytes of three, in chunks", Chunked("3\r\n01"), "400", false},
      {"another encoding", Head("Transfer-Encoding: gzip\r\n") + "x", "400",
       false},
      {"compressed",
       Head("Content-Encoding: gzip\r\nContent-Length: 1\r\n") + "x", "415",
       false},
      {"in parts",
       Head("Content-Type: multipart/form-data; boundary=b\r\n"
            "Content-Length: 1\r\n") +
           "x",
       "415", false},
      {"a request line without end", line_without_end, "", false},
      {"a header without end", "POST /hook HTTP/1.1\r\nX: " + line_without_end,
       "400", false},
      {"the size of a chunk without end", Chunked("1" + line_without_end),
       "400", false},
  };
  int handled = 0;
  HttpServer server;
  server.AddPost("/hook", kMaxBody, [&](const HttpRequest&) {
    ++handled;
    return HttpPage{202, "ok\n"};
  });
  ASSERT_TRUE(server.Start({"127.0.0.1", 0}).ok());
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    handled = 0;
    RawClient client(server);
    client.Send(c.request);
    client.EndSending();
    const std::string answer = client.Receive();
    if (c.status[0] == '\0') {
      EXPECT_THAT(answer, IsEmpty());
    } else {
      EXPECT_THAT(answer, StartsWith(absl::StrCat("HTTP/1.1 ", c.status)));
    }
    EXPECT_EQ(handled, c.is_handled ? 1 : 0);
  }
}

// So many of them hold every thread, and keep each from being idle.
TEST(HttpServer, CutsOffWhoSendsTooSlowly) {
  HttpServer server(absl::Milliseconds(100));
  server.AddPage("/healthz", [] { return HttpPage{200, "ok\n"}; });
  server.AddPost("/hook", kMaxBody, [](const HttpRequest&) {
    return HttpPage{202, "ok\n"};
  });
  ASSERT_TRUE(server.Start({"127.0.0.1", 0}).ok());
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 4; ++i) {
    slow.push_back(std::make_unique<RawClient>(server));
    slow.back()->Send(i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nX: "
                                 : Chunked("1"));
  }
  for (auto& client : slow) {
    while (!client->Hears() && client->Send("0")) {
    }
    EXPECT_FALSE(absl::StrContains(client->Receive(), "ok"));
  }
  httplib::Client client("127.0.0.1", server.address().port);
  auto answer = client.Get("/healthz");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "ok\n");
}

}  // namespace
}  // namespace rollout
