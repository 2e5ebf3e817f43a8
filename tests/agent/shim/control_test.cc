// SPDX-License-Identifier: Apache-2.0
//
// The shim as a process to talk to: signals, agents that come and go, garbage.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/net_address.h"
#include "base/unique_fd.h"
#include "base/unix_socket.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::HasSubstr;

class ControlTest : public ShimTest {
 protected:
  // A connection that speaks no protocol.
  UniqueFd RawConnection() {
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    timeval limit{10, 0};
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    absl::Status connected =
        ConnectUnixSocket(socket.get(), directory_ + "/services/web/shim.sock");
    EXPECT_TRUE(connected.ok()) << connected;
    return socket;
  }
};

TEST_F(ControlTest, SignalsDoNotEndIt) {
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  ASSERT_TRUE(AwaitReady(1));
  pid_t shim = State().pid();
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT, SIGUSR1,
                     SIGUSR2, SIGALRM, SIGTSTP}) {
    ASSERT_EQ(kill(shim, signal), 0);
  }
  EXPECT_EQ(Get(port_), "generation 1");
  ASSERT_TRUE(Start(HttpServer(2)).ok());
  ASSERT_TRUE(AwaitReady(2));
  EXPECT_EQ(State().pid(), shim);
}

TEST_F(ControlTest, OutlivesTheAgentAndTellsTheNextOneEverything) {
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  v1::Status before = State();
  Close();
  EXPECT_EQ(Get(port_), "generation 1");
  auto found = host_->FindServices();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, std::vector<std::string>{"web"});
  Open();
  EXPECT_EQ(State().SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(State(1).revision(), "revision-1");
  EXPECT_EQ(State(1).attempt(), 1u);
  EXPECT_EQ(State(1).weight(), 1000u);
  EXPECT_EQ(State().mark_base(), 0x52000000u);
  EXPECT_EQ(State(1).mark(), 0x52000001u);
}

TEST_F(ControlTest, LookingForServicesDisturbsNoConnection) {
  ASSERT_TRUE(host_->FindServices().ok());
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  EXPECT_FALSE(lost());
}

TEST_F(ControlTest, GarbageEndsAConnectionAndNothingElse) {
  v1::Request start;
  *start.mutable_start() = HttpServer(7);
  const std::string kCases[] = {
      "\xff\xff\xff garbage", std::string(300 * 1024, 'x'),
      start.SerializeAsString()  // without a hello
  };
  for (const std::string& packet : kCases) {
    SCOPED_TRACE(packet.substr(0, 20));
    UniqueFd raw = RawConnection();
    int size = 1024 * 1024;
    setsockopt(raw.get(), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    ASSERT_EQ(send(raw.get(), packet.data(), packet.size(), 0),
              static_cast<ssize_t>(packet.size()));
    char byte;
    EXPECT_LE(recv(raw.get(), &byte, 1, 0), 0);
  }
  EXPECT_FALSE(lost());
  EXPECT_EQ(State().generations_size(), 0);
  // A request of a newer agent: an answer, not silence.
  EXPECT_THAT(Send({}).message(), HasSubstr("does not know this request"));
  EXPECT_TRUE(Start(HttpServer(1)).ok());
}

TEST_F(ControlTest, NoAnswerIsLargerThanAPacket) {
  v1::StartRequest request = HttpServer(1);
  request.clear_endpoints();
  // 261,000 bytes that an error repeats; cut, they are still characters.
  std::string name;
  while (name.size() < 261'000) name += "\xe2\x82\xac";
  request.add_endpoints()->set_name(name);
  absl::Status status = Start(request);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("endpoint"));
  EXPECT_LE(status.message().size(), 4096u);
  EXPECT_FALSE(lost());
}

// A name in a state or an answer that protobuf takes for no text would end the
// connection, and every one after it.
TEST_F(ControlTest, TellsNamesThatAreNoText) {
  UniqueFd stranger(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = *NetAddress::Parse(absl::StrCat("127.0.0.1:", port_));
  ASSERT_EQ(
      bind(stranger.get(), address.sockaddr_ptr(), address.sockaddr_size()), 0);
  ASSERT_EQ(listen(stranger.get(), 1), 0);
  char name[16];
  ASSERT_EQ(prctl(PR_GET_NAME, name), 0);
  ASSERT_EQ(prctl(PR_SET_NAME, "caf\xe9"), 0);
  v1::StartRequest activated = HttpServer(1);
  activated.set_handover(v1::ACTIVATION);
  EXPECT_THAT(Start(activated).message(), HasSubstr("caf\\xe9 (pid"));
  ASSERT_TRUE(Start(HttpServer(2)).ok());
  EXPECT_TRUE(
      Await(2, [](const v1::Generation& g) { return !g.problem().empty(); }));
  EXPECT_THAT(State(2).problem(), HasSubstr("caf\\xe9 (pid"));
  EXPECT_FALSE(lost());
  prctl(PR_SET_NAME, name);
}

TEST_F(ControlTest, ASecondAgentReplacesTheFirst) {
  UniqueFd second = RawConnection();
  v1::Request hello;
  hello.set_id(1);
  hello.mutable_hello()->set_version(1);
  std::string packet = hello.SerializeAsString();
  ASSERT_GT(send(second.get(), packet.data(), packet.size(), 0), 0);
  EXPECT_TRUE(Eventually([&] { return lost(); }));
  Open();
  char buffer[4096];
  ssize_t size;
  while ((size = recv(second.get(), buffer, sizeof buffer, 0)) > 0) {
  }
  EXPECT_EQ(size, 0);
}

TEST_F(ControlTest, AnAgentThatDoesNotReadHoldsNobodyUp) {
  UniqueFd deaf = RawConnection();
  v1::Request hello;
  hello.set_id(1);
  hello.mutable_hello()->set_version(1);
  std::string packet = hello.SerializeAsString();
  fcntl(deaf.get(), F_SETFL, O_NONBLOCK);
  // Until its answers are too many, and it is cut off.
  ASSERT_TRUE(Eventually([&] {
    return send(deaf.get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0 &&
           errno == EPIPE;
  }));
  Open();
  EXPECT_TRUE(Start(HttpServer(1)).ok());
}

TEST_F(ControlTest, StaysSmall) {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  GTEST_SKIP() << "AddressSanitizer's own memory is not small";
#endif
  constexpr uint64_t kGenerations = 8;
  for (uint64_t g = 1; g <= kGenerations; ++g) {
    ASSERT_TRUE(Start(HttpServer(g)).ok());
    ASSERT_TRUE(AwaitReady(g));
    ASSERT_TRUE(SetWeights({{g, 1000}}).ok());
    if (g == 1) continue;
    ASSERT_TRUE(Drain(g - 1).ok());
    ASSERT_TRUE(AwaitEnded(g - 1));
  }
  HttpLoad load(port_, 2);
  ASSERT_TRUE(Eventually([&] { return load.done() > 200; }));
  load.Stop();
  std::string status =
      ReadFile(absl::StrCat("/proc/", State().pid(), "/status"));
  long resident_kb = 0;
  int threads = 0;
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    if (absl::StartsWith(line, "VmHWM:")) {
      resident_kb = std::stol(std::string(line.substr(6)));
    }
    if (absl::StartsWith(line, "Threads:")) {
      threads = std::stoi(std::string(line.substr(8)));
    }
  }
  EXPECT_EQ(threads, 1);
  EXPECT_GT(resident_kb, 0);
  EXPECT_LT(resident_kb, 8 * 1024);
  RecordProperty("resident_kb", static_cast<int>(resident_kb));
  GTEST_LOG_(INFO) << "shim: " << resident_kb << " kB resident at most";
}

}  // namespace
}  // namespace rollout::shim
