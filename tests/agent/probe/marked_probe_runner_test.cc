// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/marked_probe_runner.h"

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "tests/agent/probe/steered_group.h"

namespace rollout::probe {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kMark = 0x52000007;

// Keeps the verdicts of one probe.
class Verdicts {
 public:
  std::function<void(ProbeVerdict)> Sink() {
    return [this](ProbeVerdict verdict) {
      MutexLock lock(&mutex_);
      verdicts_.push_back(std::move(verdict));
      told_.NotifyAll();
    };
  }

  // The next one that has not been given out yet: "ready", or why not;
  // "nothing" after ten seconds.
  std::string Next() {
    const absl::Duration deadline = SystemClock().Uptime() + absl::Seconds(10);
    MutexLock lock(&mutex_);
    while (verdicts_.empty()) {
      absl::Duration left = deadline - SystemClock().Uptime();
      if (left <= absl::ZeroDuration()) return "nothing";
      told_.WaitFor(&mutex_, left);
    }
    ProbeVerdict verdict = verdicts_.front();
    verdicts_.pop_front();
    return verdict.ready ? "ready" : verdict.message;
  }

 private:
  Mutex mutex_;
  CondVar told_;
  std::deque<ProbeVerdict> verdicts_ ABSL_GUARDED_BY(mutex_);
};

class MarkedProbeRunnerTest : public ::testing::Test {
 protected:
  static ProbeTarget Target(const std::string& address, uint32_t mark = 0) {
    ProbeTarget target;
    target.address = address;
    target.mark = mark;
    target.probe.mutable_period()->set_nanos(20'000'000);
    target.probe.mutable_timeout()->set_seconds(5);
    return target;
  }

  static ProbeTarget Tcp(const std::string& address, uint32_t mark = 0) {
    ProbeTarget target = Target(address, mark);
    target.probe.mutable_tcp();
    return target;
  }

  static ProbeTarget Http(const std::string& address, const std::string& path,
                          uint32_t mark = 0) {
    ProbeTarget target = Target(address, mark);
    target.probe.mutable_http()->set_path(path);
    return target;
  }

  static ProbeTarget Exec(const std::string& address, const std::string& script,
                          uint32_t mark = 0) {
    ProbeTarget target = Target(address, mark);
    for (const std::string& word :
         {std::string("/bin/sh"), std::string("-c"), script}) {
      target.probe.mutable_exec()->add_command(word);
    }
    return target;
  }

  Verdicts verdicts_;
  MarkedProbeRunner runner_;
};

// An HTTP server on a listener that may share its port.
class HttpServer {
 public:
  explicit HttpServer(int port = 0) {
    server_.set_socket_options([this](int fd) {
      int on = 1;
      setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
      listener_ = fd;
    });
    server_.Get("/", [this](const httplib::Request&, httplib::Response& r) {
      r.status = status_;
      ++requests_;
    });
    port_ = port;
    if (port == 0) {
      port_ = server_.bind_to_any_port("127.0.0.1");
    } else {
      EXPECT_TRUE(server_.bind_to_port("127.0.0.1", port));
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }

  ~HttpServer() {
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }

  void Answer(int status) { status_ = status; }
  int requests() const { return requests_; }
  int listener() const { return listener_; }
  int port() const { return port_; }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  httplib::Server server_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> status_{200};
  std::atomic<int> requests_{0};
  std::thread thread_;
};

TEST_F(MarkedProbeRunnerTest, TcpReachesTheMarkedGenerationAlone) {
  for (const char* host : {"127.0.0.1", "[::1]"}) {
    SCOPED_TRACE(host);
    SteeredGroup group(host, kMark);
    auto probe =
        runner_.Start(Tcp(group.address().ToString(), kMark), verdicts_.Sink());
    EXPECT_EQ(verdicts_.Next(), "ready");
    probe.reset();
    EXPECT_GE(group.CountDark(), 1);
    EXPECT_EQ(group.CountServing(), 0);

    probe = runner_.Start(Tcp(group.address().ToString()), verdicts_.Sink());
    EXPECT_EQ(verdicts_.Next(), "ready");
    probe.reset();
    EXPECT_EQ(group.CountDark(), 0);
    EXPECT_GE(group.CountServing(), 1);
  }
}

TEST_F(MarkedProbeRunnerTest, AWildcardAddressIsReachedOverLoopback) {
  SteeredGroup group("0.0.0.0", kMark);
  auto probe =
      runner_.Start(Tcp(group.address().ToString(), kMark), verdicts_.Sink());
  EXPECT_EQ(verdicts_.Next(), "ready");
}

TEST_F(MarkedProbeRunnerTest, HttpReachesTheMarkedGenerationAlone) {
  HttpServer serving;
  HttpServer dark(serving.port());
  SteerMark(serving.listener(), kMark);
  serving.Answer(500);
  auto probe =
      runner_.Start(Http(serving.address(), "/", kMark), verdicts_.Sink());
  EXPECT_EQ(verdicts_.Next(), "ready");
  dark.Answer(503);
  EXPECT_EQ(verdicts_.Next(),
            absl::StrCat("GET / at ", serving.address(), " gave 503"));
  dark.Answer(399);
  EXPECT_EQ(verdicts_.Next(), "ready");
  probe.reset();
  EXPECT_EQ(serving.requests(), 0);
  EXPECT_GE(dark.requests(), 3);
}

TEST_F(MarkedProbeRunnerTest, HttpSpeaksIpv6) {
  httplib::Server server;
  std::string host;
  server.Get("/", [&](const httplib::Request& request, httplib::Response&) {
    host = request.get_header_value("Host");
  });
  std::string address = absl::StrCat("[::1]:", server.bind_to_any_port("::1"));
  std::thread thread([&] { server.listen_after_bind(); });
  auto probe = runner_.Start(Http(address, "/"), verdicts_.Sink());
  EXPECT_EQ(verdicts_.Next(), "ready");
  probe.reset();
  server.stop();
  thread.join();
  EXPECT_EQ(host, address);
}

TEST_F(MarkedProbeRunnerTest, ExecReachesTheMarkedGenerationThroughTheDoor) {
  HttpServer serving;
  HttpServer dark(serving.port());
  SteerMark(serving.listener(), kMark);
  auto probe = runner_.Start(
      Exec(serving.address(),
           "exec /usr/bin/curl -sf http://${probe.address}/ -o /dev/null",
           kMark),
      verdicts_.Sink());
  EXPECT_EQ(verdicts_.Next(), "ready");
  dark.Answer(500);
  EXPECT_EQ(verdicts_.Next(), "/bin/sh exited with status 22");
  probe.reset();
  EXPECT_EQ(serving.requests(), 0);
  EXPECT_GE(dark.requests(), 2);
}

TEST_F(MarkedProbeRunnerTest, ThresholdsAreThePlans) {
  HttpServer server;
  ProbeTarget target = Http(server.address(), "/");
  target.probe.set_success_threshold(3);
  auto probe = runner_.Start(target, verdicts_.Sink());
  EXPECT_EQ(verdicts_.Next(), "ready");
  EXPECT_GE(server.requests(), 3);
}

TEST_F(MarkedProbeRunnerTest, AStartIsNotMeasuredInPeriods) {
  HttpServer server;
  server.Answer(503);
  ProbeTarget target = Http(server.address(), "/");
  target.probe.mutable_period()->set_seconds(3600);
  auto probe = runner_.Start(target, verdicts_.Sink());
  EXPECT_THAT(verdicts_.Next(), HasSubstr("gave 503"));
  server.Answer(200);
  EXPECT_EQ(verdicts_.Next(), "ready");
}

TEST_F(MarkedProbeRunnerTest, WhatServedBeforeIsBelievedUntilItFails) {
  HttpServer server;
  ProbeTarget target = Http(server.address(), "/");
  target.assume_ready = true;
  auto probe = runner_.Start(target, verdicts_.Sink());
  server.Answer(503);
  EXPECT_THAT(verdicts_.Next(), HasSubstr("gave 503"));
}

TEST_F(MarkedProbeRunnerTest, SaysWhatIsWrong) {
  // A port where nobody listens: it was free a moment ago.
  std::string nobody =
      LocalAddress(OpenListener(*NetAddress::Parse("127.0.0.1:0")).get())
          .ToString();
  // One where connections are made and nothing is said.
  UniqueFd mute = OpenListener(*NetAddress::Parse("127.0.0.1:0"));
  ProbeTarget no_answer = Http(LocalAddress(mute.get()).ToString(), "/");
  no_answer.probe.mutable_timeout()->set_seconds(0);
  no_answer.probe.mutable_timeout()->set_nanos(50'000'000);
  ProbeTarget too_long = Exec("", "echo working on it; exec sleep 60");
  *too_long.probe.mutable_timeout() = no_answer.probe.timeout();
  ProbeTarget no_program = Target("");
  no_program.probe.mutable_exec()->add_command("/no/such/program");
  HttpServer server;
  ProbeTarget notify = Target(nobody);
  notify.probe.mutable_notify();
  struct Case {
    const char* name;
    ProbeTarget target;
    std::string says;
  };
  const Case kCases[] = {
      {"tcp, nobody there", Tcp(nobody), "Connection refused"},
      {"http, nobody there", Http(nobody, "/"), "was refused a connection"},
      {"http, no answer", no_answer, "was not answered in time"},
      {"http, no such page", Http(server.address(), "/no?way"),
       "GET /no?way at " + server.address() + " gave 404"},
      {"exec, failing", Exec("", "echo not yet; echo more; exit 3"),
       "/bin/sh exited with status 3: not yet"},
      {"exec, killed", Exec("", "kill -9 $$"), "was killed by signal 9"},
      {"exec, too long", too_long,
       "/bin/sh took longer than 50ms: working on it"},
      {"exec, no program", no_program, "cannot start /no/such/program"},
      {"exec, a door without an address", Exec("", "${probe.address}"),
       "cannot probe"},
      {"no address", Tcp(""), "cannot probe"},
      {"notify", notify, "use http, tcp, grpc, exec or listening"},
      {"tcp, to UDP", Tcp("udp:127.0.0.1:9"), "takes no connections"},
      {"exec, a door to UDP", Exec("udp:127.0.0.1:9", "${probe.address}"),
       "a door forwards connections, not datagrams"},
      {"http, nobody at the path", Http("unix:/no/such.sock", "/"),
       "was refused a connection"},
      {"tcp, nobody at the path", Tcp("unix:/no/such.sock"), "no/such.sock"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Verdicts verdicts;
    auto probe = runner_.Start(c.target, verdicts.Sink());
    EXPECT_THAT(verdicts.Next(), HasSubstr(c.says));
  }
}

TEST_F(MarkedProbeRunnerTest, AnAnswerThatNeverEndsIsNone) {
  UniqueFd listener = OpenListener(*NetAddress::Parse("127.0.0.1:0"));
  ProbeTarget target = Http(LocalAddress(listener.get()).ToString(), "/");
  target.probe.mutable_timeout()->set_seconds(0);
  target.probe.mutable_timeout()->set_nanos(300'000'000);
  auto probe = runner_.Start(target, verdicts_.Sink());
  UniqueFd connection;
  while (!connection.valid()) {
    std::this_thread::yield();
    connection.reset(accept4(listener.get(), nullptr, nullptr, 0));
  }
  // A header line every 5 ms: each in time, all together not.
  std::string line = "HTTP/1.1 200 OK\r\n";
  pollfd closed = {connection.get(), POLLRDHUP, 0};
  do {
    send(connection.get(), line.data(), line.size(), MSG_NOSIGNAL);
    line = "X-More: to come\r\n";
  } while (poll(&closed, 1, 5) == 0);
  EXPECT_THAT(verdicts_.Next(), HasSubstr("was not answered in time"));
}

TEST_F(MarkedProbeRunnerTest, EndsAtOnceWhateverIsUnderWay) {
  UniqueFd mute = OpenListener(*NetAddress::Parse("127.0.0.1:0"));
  std::string address = LocalAddress(mute.get()).ToString();
  ProbeTarget idle = Tcp(address);
  idle.probe.mutable_period()->set_seconds(3600);
  ProbeTarget http = Http(address, "/");
  http.probe.mutable_timeout()->set_seconds(3600);
  ProbeTarget exec = Exec("", "sleep 3600 & sleep 3600");
  exec.probe.mutable_timeout()->set_seconds(3600);
  for (const ProbeTarget& target : {idle, http, exec}) {
    SCOPED_TRACE(target.probe.ShortDebugString());
    auto probe = runner_.Start(target, [](ProbeVerdict) {});
    absl::Duration began = SystemClock().Uptime();
    probe.reset();
    EXPECT_LT(SystemClock().Uptime() - began, absl::Seconds(5));
  }
}

}  // namespace
}  // namespace rollout::probe
