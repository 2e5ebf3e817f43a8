// SPDX-License-Identifier: Apache-2.0
//
// Every way to ask a generation that is reached at a path of its own.

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "agent/probe/marked_probe_runner.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "base/unix_socket.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::probe {
namespace {

using ::testing::HasSubstr;

// Answers each connection's first bytes with "204" in HTTP, on a thread of its
// own.
class PathServer {
 public:
  PathServer() {
    char name[] = "/tmp/unix_endpoint_test.XXXXXX";
    directory_ = mkdtemp(name);
    EXPECT_TRUE(BindUnixSocket(listener_.get(), path()).ok());
    EXPECT_EQ(listen(listener_.get(), 64), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~PathServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    unlink(path().c_str());
    rmdir(directory_.c_str());
  }

  std::string path() const { return directory_ + "/app.sock"; }
  std::string address() const { return "unix:" + path(); }

 private:
  void Serve() {
    for (;;) {
      UniqueFd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) return;
      char question[1024];
      if (recv(client.get(), question, sizeof question, 0) <= 0) continue;
      const std::string answer =
          "HTTP/1.1 204 Fine\r\nConnection: close\r\n\r\n";
      send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  const UniqueFd listener_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string directory_;
  std::thread thread_;
};

class UnixEndpointTest : public ::testing::Test {
 protected:
  ProbeTarget Target() {
    ProbeTarget target;
    target.address = server_.address();
    // Without a mark's right, too: there is no use for one.
    target.mark = 0x52000001;
    target.probe.mutable_timeout()->set_seconds(5);
    return target;
  }

  // The first verdict: "ready", or why not.
  std::string Ask(const ProbeTarget& target) {
    Mutex mutex;
    CondVar told;
    std::string first;
    auto probe = runner_.Start(target, [&](ProbeVerdict verdict) {
      MutexLock lock(&mutex);
      if (!first.empty()) return;
      first = verdict.ready ? "ready" : verdict.message;
      told.NotifyAll();
    });
    MutexLock lock(&mutex);
    while (first.empty()) told.Wait(&mutex);
    return first;
  }

  PathServer server_;
  MarkedProbeRunner runner_;
};

TEST_F(UnixEndpointTest, AnswersEveryKindOfQuestion) {
  ProbeTarget tcp = Target();
  tcp.probe.mutable_tcp();
  EXPECT_EQ(Ask(tcp), "ready");
  ProbeTarget http = Target();
  http.probe.mutable_http()->set_path("/health");
  EXPECT_EQ(Ask(http), "ready");
  ProbeTarget exec = Target();
  for (const char* word : {"/usr/bin/python3", "-c",
                           "import sys, urllib.request; "
                           "sys.exit(urllib.request.urlopen('http://' + "
                           "sys.argv[1]).status != 204)",
                           "${probe.address}"}) {
    exec.probe.mutable_exec()->add_command(word);
  }
  EXPECT_EQ(Ask(exec), "ready");
  ProbeTarget listening = Target();
  listening.probe.mutable_listening();
  listening.address = "udp:127.0.0.1:53";
  EXPECT_EQ(Ask(listening), "ready");
}

TEST_F(UnixEndpointTest, SaysWhomItAsked) {
  ProbeTarget http = Target();
  http.probe.mutable_http()->set_path("/");
  http.address = "unix:/no/such.sock";
  EXPECT_THAT(Ask(http), HasSubstr("GET / at unix:/no/such.sock"));
}

}  // namespace
}  // namespace rollout::probe
