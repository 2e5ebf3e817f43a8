// SPDX-License-Identifier: Apache-2.0
//
// How a generation starts, or why it can't.

#include <sys/socket.h>
#include <sys/stat.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/net_address.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::HasSubstr;

class GenerationTest : public ShimTest {};

TEST_F(GenerationTest, ErrorsNameTheStage) {
  struct Case {
    const char* name;
    std::function<void(v1::StartRequest&)> change;
    std::string error;
  };
  std::string script = WriteFile("not_executable", "#!/bin/sh\n");
  std::string locked = directory_ + "/locked";
  ASSERT_TRUE(file_system_.MakeDirectories(locked).ok());
  ASSERT_EQ(chmod(locked.c_str(), 0700), 0);
  const Case kCases[] = {
      {"no such program",
       [](auto& r) { r.set_command(0, "/nonexistent/program"); },
       "cannot execute /nonexistent/program: No such file or directory"},
      {"not executable", [&](auto& r) { r.set_command(0, script); },
       absl::StrCat("cannot execute ", script, ": Permission denied")},
      {"no such directory", [](auto& r) { r.set_directory("/nonexistent"); },
       "cannot change to directory /nonexistent: No such file or directory"},
      {"a directory the user may not enter",
       [&](auto& r) {
         r.set_set_user(true);
         r.set_uid(65534);
         r.set_gid(65534);
         r.set_directory(locked);
       },
       absl::StrCat("cannot change to directory ", locked,
                    ": Permission denied: user 65534 must be let through")},
      {"no such limit",
       [](auto& r) { r.add_resource_limits()->set_resource(99); },
       "cannot set resource limits: Invalid argument"},
      {"a user that would mean: stay root",
       [](auto& r) {
         r.set_set_user(true);
         r.set_uid(~0u);
       },
       "uid, gid: there is no number 4294967295"},
      {"relative command", [](auto& r) { r.set_command(0, "python3"); },
       "command: the first word must be an absolute path"},
      {"bad endpoint",
       [](auto& r) { r.mutable_endpoints(0)->set_address("localhost:80"); },
       "endpoint \"http\": address \"localhost:80\": not an IP address"},
      {"a command that the kernel would cut",
       [](auto& r) { r.set_command(0, std::string("/bin/sh\0-x", 10)); },
       "command: has a NUL in it"},
      {"an output file that depends on where the shim is",
       [](auto& r) { r.set_output_file("here"); },
       "output_file: must be an absolute path"},
      {"no handover", [](auto& r) { r.set_handover(v1::HANDOVER_UNSPECIFIED); },
       "handover: must be INTERCEPT, ACTIVATION or SIGNAL"},
      {"no private directory",
       [](auto& r) { r.set_private_directory("/nonexistent"); },
       "cannot make FIFO /nonexistent/output.fifo: No such file"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    for (v1::Handover handover : {v1::INTERCEPT, v1::ACTIVATION}) {
      v1::StartRequest request = HttpServer(1);
      request.set_handover(handover);
      c.change(request);
      absl::Status status = Start(request);
      EXPECT_THAT(status.message(), HasSubstr(c.error));
      EXPECT_EQ(State().generations_size(), 0);
      EXPECT_EQ(State().last_generation(), 0u);
    }
  }
  // None of them left anything behind: the address is free, the number too.
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  EXPECT_TRUE(AwaitReady(1));
}

TEST_F(GenerationTest, RunsAsItIsTold) {
  v1::StartRequest request = Program(1, std::string(kPrelude) + R"(
import resource
print("user", os.getresuid(), os.getresgid(), os.getgroups())
print("place", os.getcwd(), oct(os.umask(0)), os.environ["COLOR"])
print("files", resource.getrlimit(resource.RLIMIT_NOFILE))
print("session", os.getsid(0) == os.getpid())
print("descriptors", sorted(os.listdir("/proc/self/fd"))[:-1])
print("mask", signal.pthread_sigmask(signal.SIG_BLOCK, []))
print("pipe", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
print("listen", [k for k in os.environ if k.startswith("LISTEN_")])
print("done", file=sys.stderr)
signal.pause()
)");
  request.set_set_user(true);
  request.set_uid(65534);
  request.set_gid(65533);
  request.add_groups(65532);
  request.set_directory("/usr");
  request.set_umask(027);
  request.add_environment("COLOR=blue");
  v1::ResourceLimit* limit = request.add_resource_limits();
  limit->set_resource(7);  // RLIMIT_NOFILE
  limit->set_value(123);
  absl::Status started = Start(request);
  ASSERT_TRUE(started.ok()) << started;
  ASSERT_TRUE(Eventually([&] {
    return ReadFile(OutputPath()).find("1 done") != std::string::npos;
  }));
  EXPECT_EQ(ReadFile(OutputPath()),
            "1 1 user (65534, 65534, 65534) (65533, 65533, 65533) [65532]\n"
            "2 1 place /usr 0o27 blue\n"
            "3 1 files (123, 123)\n"
            "4 1 session True\n"
            "5 1 descriptors ['0', '1', '2']\n"
            "6 1 mask set()\n"
            "7 1 pipe True\n"
            "8 1 listen []\n"
            "9 1 done\n");
}

TEST_F(GenerationTest, ActivationPassesListenersAndHearsReadiness) {
  auto program = [](const char* extra) {
    return std::string(kPrelude) + R"(
assert os.environ["LISTEN_FDS"] == "1"
assert os.environ["LISTEN_FDNAMES"] == "http"
assert os.environ["LISTEN_PID"] == str(os.getpid())
s = socket.socket(fileno=3)
)" + extra +
           R"(
notify("STATUS=warm\nREADY=1\n")
serve(s)
)";
  };
  for (uint64_t generation : {1, 2}) {
    v1::StartRequest request = Program(generation, program(""));
    request.set_handover(v1::ACTIVATION);
    absl::Status started = Start(request);
    ASSERT_TRUE(started.ok()) << started;
    EXPECT_TRUE(State(generation).all_endpoints_listen());
    ASSERT_TRUE(Await(generation, [](const v1::Generation& g) {
      return g.notified_ready();
    }));
    EXPECT_GT(State(generation).times().notified_ready_ns(),
              State(generation).times().started_ns());
    ASSERT_TRUE(AwaitReady(generation));
    ASSERT_TRUE(SetWeights({{generation, 1000}}).ok());
    EXPECT_EQ(Get(port_), absl::StrCat("generation ", generation));
  }
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_EQ(Get(port_), "generation 2");
}

TEST_F(GenerationTest, HearsReadinessFromItsOwnProcessesAlone) {
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
if os.fork() == 0:
    notify("READY=1")
    signal.pause()
serve(listener())
)"))
                  .ok());
  ASSERT_TRUE(
      Await(1, [](const v1::Generation& g) { return g.notified_ready(); }));

  ASSERT_TRUE(Start(Program(2, std::string(kPrelude) + R"(
print(os.environ["NOTIFY_SOCKET"])
serve(listener())
)"))
                  .ok());
  ASSERT_TRUE(AwaitReady(2));
  std::string stranger = absl::StrCat(
      "python3 -c 'import socket; socket.socket(socket.AF_UNIX, "
      "socket.SOCK_DGRAM).sendto(b\"READY=1\", \"",
      directory_, "/services/web/generations/2/notify.sock\")'");
  ASSERT_EQ(system(stranger.c_str()), 0);
  std::string log = directory_ + "/services/web/shim.log";
  ASSERT_TRUE(Eventually([&] {
    return ReadFile(log).find("not of the generation") != std::string::npos;
  }));
  EXPECT_FALSE(State(2).notified_ready());
}

TEST_F(GenerationTest, OverlappingAddressIsRefused) {
  ASSERT_TRUE(
      Start(Program(1, std::string(kPrelude) + "serve(listener('0.0.0.0'))"))
          .ok());
  ASSERT_TRUE(
      Await(1, [](const v1::Generation& g) { return !g.problem().empty(); }));
  EXPECT_EQ(State(1).problem(),
            absl::StrCat("the service binds 0.0.0.0:", port_,
                         " but its endpoint is 127.0.0.1:", port_,
                         ": make them equal"));
  EXPECT_TRUE(AwaitEnded(1));  // Python gives up
  EXPECT_EQ(State(1).exit_status(), 1 << 8);
}

TEST_F(GenerationTest, AnIpv4AddressOnAnIpv6SocketIsRefusedWithTheWayOut) {
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
v6 = socket.socket(socket.AF_INET6)
v6.bind(("::ffff:127.0.0.1", port))
)"))
                  .ok());
  ASSERT_TRUE(
      Await(1, [](const v1::Generation& g) { return !g.problem().empty(); }));
  EXPECT_THAT(State(1).problem(),
              HasSubstr("have it use an IPv4 socket (Java: "));
}

TEST_F(GenerationTest, OtherSocketsGoOnUntouched) {
  uint16_t other = FreePort();
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) +
                                   absl::StrCat("other = ", other) + R"(
same_port = socket.socket()
same_port.bind(("127.0.0.2", port))
same_port.listen()
anywhere = socket.socket()
anywhere.bind(("127.0.0.1", other))
anywhere.listen()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", port))
v6 = socket.socket(socket.AF_INET6)
v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
v6.bind(("::", port))
v6.listen()
unbound = socket.socket()
unbound.listen()
print([s.getsockopt(socket.SOL_SOCKET, 15) for s in
       (same_port, anywhere, udp, v6, unbound)])
try:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
except OSError as e:
    print(e.strerror)
serve(listener())
)"))
                  .ok());
  ASSERT_TRUE(AwaitReady(1));
  EXPECT_EQ(State(1).listeners(), 1u);
  EXPECT_EQ(State(1).problem(), "");
  EXPECT_TRUE(Eventually([&] {
    return ReadFile(OutputPath()) ==
           "1 1 [0, 0, 0, 0, 0]\n2 1 Protocol not supported\n";
  })) << ReadFile(OutputPath());
}

TEST_F(GenerationTest, AStrangerOnTheAddressIsNamed) {
  uint64_t next = 1;
  // With SO_REUSEPORT and the shim's own user it could even join the group.
  for (int reuse_port : {0, 1}) {
    SCOPED_TRACE(reuse_port);
    UniqueFd stranger(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    setsockopt(stranger.get(), SOL_SOCKET, SO_REUSEPORT, &reuse_port,
               sizeof reuse_port);
    auto address = *NetAddress::Parse(absl::StrCat("127.0.0.1:", port_));
    ASSERT_EQ(
        bind(stranger.get(), address.sockaddr_ptr(), address.sockaddr_size()),
        0);
    ASSERT_EQ(listen(stranger.get(), 1), 0);
    std::string expected = absl::StrCat("generation_test (pid ", getpid(),
                                        ") listens on 127.0.0.1:", port_);

    uint64_t generation = next++;
    ASSERT_TRUE(Start(HttpServer(generation)).ok());
    ASSERT_TRUE(Await(generation, [](const v1::Generation& g) {
      return !g.problem().empty();
    }));
    EXPECT_THAT(State(generation).problem(), HasSubstr(expected));
    EXPECT_EQ(State(generation).listeners(), 0u);

    v1::StartRequest activated = HttpServer(next++);
    activated.set_handover(v1::ACTIVATION);
    EXPECT_THAT(Start(activated).message(), HasSubstr(expected));
    stranger.reset();
    EXPECT_TRUE(Start(activated).ok());
    ASSERT_TRUE(Kill(activated.generation()).ok());
    ASSERT_TRUE(AwaitEnded(activated.generation()));
  }
}

TEST_F(GenerationTest, AProblemIsForgottenWhenASecondTrySucceeds) {
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
try:
    listener("0.0.0.0")
except OSError:
    pass
while not os.path.exists(sys.argv[0] + ".again"):
    time.sleep(0.001)
serve(listener())
)"))
                  .ok());
  ASSERT_TRUE(
      Await(1, [](const v1::Generation& g) { return !g.problem().empty(); }));
  WriteFile("program-1.py.again", "");
  ASSERT_TRUE(AwaitReady(1));
  EXPECT_EQ(State(1).problem(), "");
}

TEST_F(GenerationTest, AServiceCannotReplaceTheSteeringProgram) {
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
import struct, ctypes
s = listener()
code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 1))
program = struct.pack("HL", 1, ctypes.addressof(code))
try:
    s.setsockopt(socket.SOL_SOCKET, 51, program)
except OSError as e:
    print(e.strerror)
serve(s)
)"))
                  .ok());
  ASSERT_TRUE(AwaitReady(1));
  EXPECT_TRUE(Eventually([&] {
    return ReadFile(OutputPath()) == "1 1 Operation not permitted\n";
  }));
  EXPECT_THAT(State(1).problem(), HasSubstr("reuseport program of its own"));
}

TEST_F(GenerationTest, AListenerThatTheServiceClosedGetsNoClient) {
  // As a program does that tries its port first, or listens anew in a reload.
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
listener().close()
serve(listener())
)"))
                  .ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  for (int i = 0; i < 40; ++i) ASSERT_EQ(Get(port_), "generation 1") << i;
  EXPECT_EQ(State(1).listeners(), 1u);
}

TEST_F(GenerationTest, OnlyRootWorksInADirectoryBeforeItIsGivenAway) {
  v1::StartRequest request = HttpServer(1);
  request.set_set_user(true);
  request.set_uid(65534);
  request.set_gid(65534);
  ASSERT_TRUE(Start(request).ok());
  struct stat directory;
  ASSERT_EQ(stat(request.private_directory().c_str(), &directory), 0);
  EXPECT_EQ(directory.st_uid, 65534u);
  EXPECT_EQ(directory.st_mode & 07777, 0700u);
}

TEST_F(GenerationTest, NoticesWhenTheServiceShutsItsListenerDown) {
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_TRUE(Start(Program(2, std::string(kPrelude) + R"(
s = listener()
answer(s.accept()[0])
s.shutdown(socket.SHUT_RDWR)
signal.pause()
)"))
                  .ok());
  ASSERT_TRUE(AwaitReady(2));  // its one answer
  ASSERT_TRUE(
      Await(2, [](const v1::Generation& g) { return g.listeners() == 0; }));
  EXPECT_FALSE(State(2).all_endpoints_listen());
  EXPECT_EQ(SetWeights({{2, 1000}}).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Get(port_), "generation 1");
}

}  // namespace
}  // namespace rollout::shim
