// SPDX-License-Identifier: Apache-2.0
//
// Services that upgrade themselves: the shim asks, finds the new main process,
// follows it, and can go back.

#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::HasSubstr;

// USR2: starts its successor, which inherits the listener and is what the file
// "program" says. WINCH: takes no more clients; HUP: takes them again; TERM:
// goes when those it has are done.
constexpr char kUpgradable[] = R"(
import os, select, signal, socket, sys, threading, time
port, directory = int(sys.argv[1]), os.path.dirname(sys.argv[0])
with open(directory + "/version") as f:
    version = f.read()
inherited = os.environ.get("INHERITED")
if version == "broken":
    sys.exit(3)
if inherited:
    s = socket.socket(fileno=int(inherited))
else:
    s = socket.socket()
    s.bind(("127.0.0.1", port))
s.listen(128)
with open(directory + "/pid-" + version, "w") as f:
    f.write(str(os.getpid()) + "\n")
print("here is", version)
wanted, going = True, False
wake, alarm = os.pipe()

def on_signal(number, frame):
    global wanted, going
    if number == signal.SIGUSR2:
        if os.fork() == 0:
            os.set_inheritable(s.fileno(), True)
            os.environ["INHERITED"] = str(s.fileno())
            os.execv(sys.executable, [sys.executable, "-u"] + sys.argv)
        if leaves_at_once:
            going = True
    elif number == signal.SIGWINCH:
        wanted = False
        open(directory + "/rests-" + version, "w").close()
    elif number == signal.SIGHUP:
        wanted = True
    elif number == signal.SIGTERM:
        going = True
    os.write(alarm, b"x")

one_at_a_time = os.path.exists(directory + "/one-at-a-time")
leaves_at_once = os.path.exists(directory + "/leaves")
for number in (signal.SIGUSR2, signal.SIGWINCH, signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, on_signal)

def answer(c):
    if c.recv(4096):
        c.sendall(b"HTTP/1.0 200 OK\r\n\r\ngeneration " + version.encode())
    c.close()

if inherited and os.path.exists(directory + "/slow"):
    while not os.path.exists(directory + "/go"):
        time.sleep(0.01)

s.setblocking(False)
while not going:
    ready, _, _ = select.select([wake] + ([s] if wanted else []), [], [])
    if wake in ready:
        os.read(wake, 1)
    elif s in ready:
        try:
            c = s.accept()[0]
        except BlockingIOError:
            continue
        c.setblocking(True)
        if one_at_a_time:
            answer(c)
        else:
            threading.Thread(target=answer, args=(c,)).start()
for t in threading.enumerate():
    if t is not threading.current_thread():
        t.join()
)";

class SuccessionTest : public ShimTest {
 protected:
  void SayVersion(const std::string& version) { WriteFile("version", version); }
  void ServeFirst() {
    SayVersion("1");
    first_ =
        Request(1, {"/usr/bin/python3", "-u", WriteFile("program", kUpgradable),
                    absl::StrCat(port_)});
    absl::Status started = Start(first_);
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitReady(1)) << State(1).problem();
    ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  }
  v1::StartRequest Upgrade(uint64_t generation) {
    v1::StartRequest request = Request(generation, {"/as/before"});
    if (!first_.private_directory().empty()) {
      request.set_private_directory(first_.private_directory());
    }
    request.set_handover(v1::SIGNAL);
    request.mutable_upgrade()->set_predecessor(generation - 1);
    request.mutable_upgrade()->set_signal(SIGUSR2);
    request.mutable_upgrade()->set_retire_signal(SIGWINCH);
    request.mutable_upgrade()->set_restore_signal(SIGHUP);
    return request;
  }
  void Serve(const v1::StartRequest& request, const std::string& version) {
    SayVersion(version);
    const uint64_t generation = request.generation();
    absl::Status started = Start(request);
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitReady(generation)) << State(generation).problem();
    ASSERT_TRUE(SetWeights({{generation, 1000}}).ok());
  }
  void End(uint64_t generation) {
    absl::Status drained = Drain(generation);
    ASSERT_TRUE(drained.ok()) << drained;
    ASSERT_TRUE(AwaitEnded(generation));
  }
  // Whoever took clients without being meant to has heard of it.
  bool AwaitOnly(const std::string& body) {
    return Eventually([&] {
      for (int i = 0; i < 20; ++i) {
        if (Get(port_) != body) return false;
      }
      return true;
    });
  }
  // The first one has been told that it has no clients, and heard it: it would
  // take the two signals in an order of its own.
  bool AwaitRest() {
    return Eventually(
        [&] { return access((directory_ + "/rests-1").c_str(), F_OK) == 0; });
  }
  v1::StartRequest first_;
};

TEST_F(SuccessionTest, OneUpgradeAfterTheOtherLosesNoRequest) {
  ServeFirst();
  HttpLoad load(port_, 4);
  for (uint64_t next = 2; next < 8; ++next) {
    SCOPED_TRACE(next);
    const int before = load.done();
    ASSERT_TRUE(Eventually([&] { return load.done() >= before + 50; }));
    ASSERT_NO_FATAL_FAILURE(Serve(Upgrade(next), absl::StrCat(next)));
    EXPECT_TRUE(State(next).shares_listeners());
    EXPECT_NE(State(next).pid(), State(next - 1).pid());
    ASSERT_NO_FATAL_FAILURE(End(next - 1));
    EXPECT_FALSE(State(next - 1).killed());
    EXPECT_EQ(State(next - 1).exit_status(), 0);
    EXPECT_EQ(State(next - 1).listeners(), 0u);
    EXPECT_EQ(State(next).listeners(), 1u);
    EXPECT_FALSE(State(next).shares_listeners());
    EXPECT_EQ(Get(port_), absl::StrCat("generation ", next));
    ASSERT_TRUE(Forget(next - 1).ok());
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(load.answers().size(), 7u);
}

TEST_F(SuccessionTest, TheOldOneRestsAndTakesItsClientsBack) {
  ServeFirst();
  HttpLoad load(port_, 4);
  ASSERT_NO_FATAL_FAILURE(Serve(Upgrade(2), "2"));
  EXPECT_TRUE(AwaitRest());
  EXPECT_TRUE(AwaitOnly("generation 2"));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_NO_FATAL_FAILURE(End(2));
  EXPECT_EQ(State(2).exit_untold(), true);
  EXPECT_TRUE(AwaitOnly("generation 1"));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  // And on it goes.
  v1::StartRequest again = Upgrade(3);
  again.mutable_upgrade()->set_predecessor(1);
  ASSERT_NO_FATAL_FAILURE(Serve(again, "3"));
  ASSERT_NO_FATAL_FAILURE(End(1));
  EXPECT_EQ(Get(port_), "generation 3");
}

TEST_F(SuccessionTest, TheOldOneTakesOverWhenTheNewOneDies) {
  ServeFirst();
  ASSERT_NO_FATAL_FAILURE(Serve(Upgrade(2), "2"));
  EXPECT_TRUE(AwaitRest());
  EXPECT_TRUE(AwaitOnly("generation 2"));
  ASSERT_EQ(kill(State(2).pid(), SIGKILL), 0);
  ASSERT_TRUE(Await(2, [](const v1::Generation& g) { return g.pid() == 0; }));
  HttpLoad load(port_, 4);
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  EXPECT_TRUE(AwaitOnly("generation 1"));
  ASSERT_TRUE(AwaitEnded(2));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_FALSE(State(1).shares_listeners());
}

TEST_F(SuccessionTest, OneThatNeverComesChangesNothing) {
  ServeFirst();
  HttpLoad load(port_, 4);
  SayVersion("broken");
  ASSERT_TRUE(Start(Upgrade(2)).ok());
  const int before = load.done();
  ASSERT_TRUE(Eventually([&] { return load.done() >= before + 200; }));
  EXPECT_FALSE(State(2).all_endpoints_listen());
  EXPECT_TRUE(State(2).awaited() || State(2).pid() == 0);
  EXPECT_EQ(SetWeights({{2, 1000}}).code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(Kill(2).ok());
  ASSERT_TRUE(AwaitEnded(2));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(load.answers().size(), 1u);
  EXPECT_EQ(State(1).weight(), 1000u);
  EXPECT_EQ(State(1).listeners(), 1u);
  EXPECT_TRUE(Eventually([this] { return RunsAsUsual(1); }));
  ASSERT_TRUE(Forget(2).ok());
  v1::StartRequest again = Upgrade(3);
  again.mutable_upgrade()->set_predecessor(1);
  ASSERT_NO_FATAL_FAILURE(Serve(again, "3"));
}

// It waits for what an idle client has to say: the shim shall not be one.
TEST_F(SuccessionTest, OneThatServesOneClientAtATimeGoesOnDoingSo) {
  WriteFile("one-at-a-time", "");
  WriteFile("slow", "");
  ServeFirst();
  HttpLoad load(port_, 4);
  SayVersion("2");
  ASSERT_TRUE(Start(Upgrade(2)).ok());
  ASSERT_TRUE(Await(2, [](const v1::Generation& g) { return g.pid() != 0; }));
  const int before = load.done();
  EXPECT_TRUE(Eventually([&] { return load.done() >= before + 200; }));
  EXPECT_FALSE(State(2).all_endpoints_listen());
  WriteFile("go", "");
  ASSERT_TRUE(Await(2, [](const v1::Generation& g) {
    return g.all_endpoints_listen();
  })) << State(2).problem();
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_NO_FATAL_FAILURE(End(1));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

// As programs with tableflip do.
TEST_F(SuccessionTest, OneThatLeavesByItselfPassesItsClientsOn) {
  WriteFile("leaves", "");
  ServeFirst();
  HttpLoad load(port_, 4);
  SayVersion("2");
  ASSERT_TRUE(Start(Upgrade(2)).ok());
  ASSERT_TRUE(
      Await(2, [](const v1::Generation& g) { return g.weight() == 1000; }));
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_EQ(State(1).weight(), 0u);
  EXPECT_EQ(State(2).listeners(), 1u);
  EXPECT_TRUE(AwaitOnly("generation 2"));
  EXPECT_TRUE(Eventually([this] { return RunsAsUsual(2); }));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

TEST_F(SuccessionTest, ItsOwnBindsAndOutputAreTheSuccessors) {
  ServeFirst();
  ASSERT_NO_FATAL_FAILURE(Serve(Upgrade(2), "2"));
  ASSERT_NO_FATAL_FAILURE(End(1));
  ASSERT_TRUE(Forget(1).ok());
  ASSERT_NO_FATAL_FAILURE(Serve(Upgrade(3), "3"));
  EXPECT_TRUE(Eventually([&] {
    return ReadFile(OutputPath()).find(" 2 here is 3\n") != std::string::npos;
  })) << ReadFile(OutputPath());
  ASSERT_NO_FATAL_FAILURE(End(2));
  // A plain swap after that: the filter is still obeyed.
  ASSERT_TRUE(Start(HttpServer(4)).ok());
  ASSERT_TRUE(AwaitReady(4)) << State(4).problem();
  EXPECT_EQ(Get(port_), "generation 3");
  EXPECT_EQ(Get(port_, State(3).mark()), "generation 3");
  EXPECT_EQ(Get(port_, State(4).mark()), "generation 4");
}

TEST_F(SuccessionTest, ThePidFileSaysWhoItIs) {
  ServeFirst();
  v1::StartRequest request = Upgrade(2);
  request.mutable_upgrade()->set_pid_file(directory_ + "/pid-2");
  WriteFile("pid-2", "1\n");
  ASSERT_NO_FATAL_FAILURE(Serve(request, "2"));
  EXPECT_EQ(absl::StrCat(State(2).pid(), "\n"),
            ReadFile(directory_ + "/pid-2"));
}

constexpr char kDaemon[] = R"(
daemon = os.fork()
if daemon:
    os._exit(0)
os.setsid()
s = listener()
with open(os.path.dirname(sys.argv[0]) + "/pid", "w") as f:
    f.write(str(os.getpid()))
serve(s)
)";

TEST_F(SuccessionTest, ADaemonIsKnownByItsPidFile) {
  v1::StartRequest request = Program(1, absl::StrCat(kPrelude, kDaemon));
  request.mutable_upgrade()->set_pid_file(directory_ + "/pid");
  ASSERT_TRUE(Start(request).ok());
  ASSERT_TRUE(AwaitReady(1));
  const std::string path = directory_ + "/pid";
  ASSERT_TRUE(Await(1, [&](const v1::Generation& g) {
    return absl::StrCat(g.pid()) == ReadFile(path);
  }));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_EQ(kill(State(1).pid(), SIGUSR1), 0);
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) { return g.pid() == 0; }));
  EXPECT_EQ(State(1).exit_status(), SIGUSR1);
}

TEST_F(SuccessionTest, ADaemonThatNamesNobodyEndsWithItsLastProcess) {
  v1::StartRequest request = Program(1, "import sys\nsys.exit(0)");
  request.mutable_upgrade()->set_pid_file(directory_ + "/pid");
  ASSERT_TRUE(Start(request).ok());
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) { return g.ended(); }));
}

TEST_F(SuccessionTest, IsRefusedBeforeAnythingIsTouched) {
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  ASSERT_TRUE(AwaitReady(1));
  auto refused = [&](const v1::StartRequest& request) {
    absl::Status status = Start(request);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(State().generations_size(), 1);
    EXPECT_EQ(Get(port_), "generation 1");
    return std::string(status.message());
  };
  EXPECT_THAT(refused(Upgrade(2)), HasSubstr("does not serve all clients"));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  EXPECT_THAT(refused(Upgrade(2)),
              HasSubstr("has no handler for SIGUSR2, which would end it"));
  v1::StartRequest elsewhere = Upgrade(2);
  elsewhere.mutable_endpoints(0)->set_address("127.0.0.1:1");
  EXPECT_THAT(refused(elsewhere), HasSubstr("has other endpoints"));
  v1::StartRequest datagrams = Upgrade(2);
  datagrams.mutable_endpoints(0)->set_address("udp:127.0.0.1:1");
  EXPECT_THAT(refused(datagrams), HasSubstr("for TCP endpoints alone"));
  v1::StartRequest silent = Upgrade(2);
  silent.mutable_upgrade()->set_signal(0);
  EXPECT_THAT(refused(silent), HasSubstr("upgrade: signals"));
  v1::StartRequest of_nobody = Upgrade(2);
  of_nobody.mutable_upgrade()->set_predecessor(7);
  EXPECT_THAT(refused(of_nobody), HasSubstr("no generation 7"));
}

TEST_F(SuccessionTest, OneAtATime) {
  ServeFirst();
  SayVersion("broken");
  ASSERT_TRUE(Start(Upgrade(2)).ok());
  v1::StartRequest another = Upgrade(3);
  another.mutable_upgrade()->set_predecessor(1);
  absl::Status status = Start(another);
  EXPECT_THAT(std::string(status.message()), HasSubstr("upgrades itself"));
}

}  // namespace
}  // namespace rollout::shim
