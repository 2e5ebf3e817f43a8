// SPDX-License-Identifier: Apache-2.0

#include "tests/load/connection_load.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/load/http_get.h"

namespace rollout::load {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// A listener on a port of the kernel's choice, and a thread that treats every
// connection in one way.
class Server {
 public:
  explicit Server(std::function<void(int connection)> treat)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    CHECK(bind(listener_.get(), generic, size) == 0);
    CHECK(listen(listener_.get(), 64) == 0);
    CHECK(getsockname(listener_.get(), generic, &size) == 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
    thread_ = std::thread([this, treat] {
      for (;;) {
        UniqueFd connection(accept(listener_.get(), nullptr, nullptr));
        if (!connection.valid()) return;
        char request[1024];
        (void)recv(connection.get(), request, sizeof request, 0);
        treat(connection.get());
      }
    });
  }
  ~Server() {
    // Ends the accept; closing it alone would not.
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  const std::string& address() const { return address_; }

 private:
  UniqueFd listener_;
  std::string address_;
  std::thread thread_;
};

std::function<void(int)> Say(std::string answer) {
  return [answer](int connection) {
    (void)send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
  };
}

void Reset(int connection) {
  linger hard{1, 0};
  setsockopt(connection, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

// Waits for the client to give up.
void SayNothing(int connection) {
  char byte;
  (void)recv(connection, &byte, 1, 0);
}

Answer AskOnce(const std::string& address) {
  auto get = HttpGet::Create(address, "/", absl::Milliseconds(200));
  CHECK(get.ok());
  return get->Ask();
}

TEST(HttpGet, TellsHowARequestEnded) {
  struct Case {
    const char* name;
    std::function<void(int)> treat;
    Outcome outcome;
  };
  const Case kCases[] = {
      {"whole", Say("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi"),
       Outcome::kOk},
      {"another status", Say("HTTP/1.0 503 No\r\nContent-Length: 2\r\n\r\nno"),
       Outcome::kBadAnswer},
      {"half of the body",
       Say("HTTP/1.0 200 OK\r\nContent-Length: 20\r\n\r\nhi"), Outcome::kShort},
      {"half of the head", Say("HTTP/1.0 200 OK\r\nConte"), Outcome::kShort},
      {"nobody could tell", Say("HTTP/1.0 200 OK\r\n\r\nhi"), Outcome::kShort},
      {"more than the body",
       Say("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nhi"),
       Outcome::kBadAnswer},
      {"nothing at all", Say(""), Outcome::kClosed},
      {"reset", Reset, Outcome::kReset},
      {"silence", SayNothing, Outcome::kTimedOut},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Server server(c.treat);
    Answer answer = AskOnce(server.address());
    EXPECT_EQ(OutcomeName(answer.outcome), OutcomeName(c.outcome))
        << answer.detail;
  }
}

TEST(HttpGet, TellsARefusedConnection) {
  std::string address;
  {
    Server server(Say(""));
    address = server.address();
  }
  EXPECT_EQ(AskOnce(address).outcome, Outcome::kRefused);
}

TEST(HttpGet, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "localhost:80", "1.2.3.4", "1.2.3.4:0"}) {
    SCOPED_TRACE(address);
    EXPECT_FALSE(HttpGet::Create(address, "/", absl::Seconds(1)).ok());
  }
}

TEST(ConnectionLoad, CountsEveryRequestUntilItIsStopped) {
  Server server(Say("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhi\n"));
  LoadOptions options;
  options.address = server.address();
  options.clients = 2;
  auto load = ConnectionLoad::Start(options);
  ASSERT_TRUE(load.ok()) << load.status();
  while ((*load)->Result().total() < 20) std::this_thread::yield();
  (*load)->Stop();
  LoadResult result = (*load)->Result();
  EXPECT_GE(result.total(), 20);
  EXPECT_EQ(result.failed(), 0) << result.ToJson();
  EXPECT_THAT(result.bodies(), ElementsAre(Pair("hi", result.total())));
}

// Answers one request after the other: the test asks with little ones, which
// come whole.
void SayAgainAndAgain(int connection) {
  char request[1024];
  do {
    Say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")(connection);
  } while (recv(connection, request, sizeof request, 0) > 0);
}

void SayOnce(int connection) {
  Say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")(connection);
}

// Ends the connection as soon as it is asked a second time.
void SayOnceThenHearAndLeave(int connection) {
  SayOnce(connection);
  char request[1024];
  (void)recv(connection, request, sizeof request, 0);
}

TEST(ConnectionLoad, TellsHowAConnectionInUseEnded) {
  struct Case {
    const char* name;
    std::function<void(int)> treat;
    absl::Duration think_time;
    // What there is some of.
    int64_t (*count)(const LoadResult&);
    bool fails;
  };
  const Case kCases[] = {
      {"goes on", SayAgainAndAgain, absl::ZeroDuration(),
       [](const LoadResult& result) {
         return result.total() - 4 * result.connections() + 4;
       },
       false},
      {"ended while the client thought", SayOnce, absl::Milliseconds(20),
       [](const LoadResult& result) { return result.ended_in_between(); },
       false},
      {"ended when it was asked", SayOnceThenHearAndLeave, absl::ZeroDuration(),
       [](const LoadResult& result) { return result.count(Outcome::kClosed); },
       true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Server server(c.treat);
    LoadOptions options;
    options.address = server.address();
    options.clients = 1;
    options.requests_per_connection = 4;
    options.think_time = c.think_time;
    auto load = ConnectionLoad::Start(options);
    ASSERT_TRUE(load.ok()) << load.status();
    while ((*load)->Result().total() < 20) std::this_thread::yield();
    (*load)->Stop();
    LoadResult result = (*load)->Result();
    EXPECT_GT(c.count(result), 0) << result.ToJson();
    EXPECT_EQ(result.failed() > 0, c.fails) << result.ToJson();
    EXPECT_EQ(result.failed_new(), 0) << result.ToJson();
  }
}

TEST(LoadResult, CountsWhatOverlapsAnInterval) {
  const absl::Time t = absl::FromUnixSeconds(1000);
  auto at = [&](int seconds) { return t + absl::Seconds(seconds); };
  LoadResult result;
  for (int start : {0, 2, 4, 6}) {
    result.Add({at(start), at(start + 1), Outcome::kOk}, Answer{});
  }
  struct Case {
    const char* name;
    int from, to;
    int64_t overlapping;
  };
  const Case kCases[] = {
      {"all", 0, 7, 4},
      {"ends in it", 1, 1, 1},
      {"lasts longer than it", 2, 2, 1},
      {"two of them", 3, 4, 2},
      {"after the last", 8, 9, 0},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(result.Overlapping(at(c.from), at(c.to)), c.overlapping);
  }
}

TEST(LoadResult, KnowsTheLatenciesOfGoodRequests) {
  const absl::Time t = absl::FromUnixSeconds(1000);
  LoadResult result;
  EXPECT_EQ(result.Latency(0.5), absl::ZeroDuration());
  for (int ms = 1; ms <= 100; ++ms) {
    result.Add({t, t + absl::Milliseconds(ms), Outcome::kOk}, Answer{});
  }
  result.Add({t, t + absl::Seconds(9), Outcome::kTimedOut}, Answer{});
  EXPECT_EQ(result.Latency(0.5), absl::Milliseconds(51));
  EXPECT_EQ(result.Latency(0.99), absl::Milliseconds(100));
  EXPECT_EQ(result.Latency(1), absl::Milliseconds(100));
  EXPECT_EQ(result.failed(), 1);
}

}  // namespace
}  // namespace rollout::load
