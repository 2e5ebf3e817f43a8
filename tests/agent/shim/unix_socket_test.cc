// SPDX-License-Identifier: Apache-2.0
//
// Services on Unix sockets: swapped by a rename, dark at a path of their own,
// whatever they do with their path.

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/endpoint_fixture.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/programs.h"

namespace rollout::shim {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class UnixSocketTest : public EndpointTest {
 protected:
  void SetUp() override {
    EndpointTest::SetUp();
    run_ = directory_ + "/run";
    ASSERT_EQ(mkdir(run_.c_str(), 0755), 0);
    address_ = AddressOf("unix:" + run_ + "/app.sock");
  }

  v1::StartRequest UnixServer(uint64_t generation) {
    return Server(generation, {address_});
  }

  void StartListening(const v1::StartRequest& request) {
    absl::Status started = Start(request);
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitListening(request.generation()))
        << State(request.generation()).problem();
  }

  // A service that can't bind, and why.
  std::string ProblemOf(const v1::StartRequest& request) {
    absl::Status started = Start(request);
    EXPECT_TRUE(started.ok()) << started;
    EXPECT_TRUE(Await(request.generation(), [](const v1::Generation& g) {
      return !g.problem().empty();
    }));
    return State(request.generation()).problem();
  }

  // A Python service in kPrelude's manner, with the path in `path`.
  v1::StartRequest PathProgram(uint64_t generation, const std::string& source) {
    v1::StartRequest request = Program(
        generation,
        absl::StrCat(kPrelude, "path = '", address_.path(), "'\n", source));
    SetEndpoints({address_}, &request);
    return request;
  }

  struct stat Look() {
    struct stat status {};
    EXPECT_EQ(stat(address_.path().c_str(), &status), 0);
    return status;
  }

  std::vector<std::string> Files() {
    return file_system_.List(run_).value_or(std::vector<std::string>());
  }

  std::string run_;
  EndpointAddress address_ = AddressOf("unix:/none");
};

TEST_F(UnixSocketTest, SwapsLoseNobody) {
  StartListening(UnixServer(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  HttpLoad load([&] { return Ask(address_); }, 4);
  for (uint64_t next = 2; next <= 12; ++next) {
    SCOPED_TRACE(next);
    StartListening(UnixServer(next));
    const int before = load.done();
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    EXPECT_EQ(Ask(address_), absl::StrCat("generation ", next));
    ASSERT_TRUE(Drain(next - 1).ok());
    ASSERT_TRUE(AwaitEnded(next - 1));
    EXPECT_EQ(State(next - 1).connections_cut(), 0u);
    EXPECT_FALSE(State(next - 1).killed());
    EXPECT_TRUE(Eventually([&] { return load.done() > before + 100; }));
    EXPECT_THAT(Files(),
                ElementsAre(absl::StrCat(".app.sock.", next), "app.sock"));
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(load.answers().size(), 12u);
  ASSERT_TRUE(SetWeights({}).ok());
  ASSERT_TRUE(Drain(12).ok());
  ASSERT_TRUE(AwaitEnded(12));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(UnixSocketTest, TheDarkAreReachedAtTheirOwnPaths) {
  for (uint64_t generation : {1, 2, 3}) {
    StartListening(UnixServer(generation));
    EXPECT_THAT(AskOften({address_}, 20),
                ElementsAre(Pair("generation 1", 20)));
  }
  for (uint64_t serving : {2, 3, 1}) {
    ASSERT_TRUE(SetWeights({{serving, 1000}}).ok());
    EXPECT_THAT(AskOften({address_}, 20),
                ElementsAre(Pair(absl::StrCat("generation ", serving), 20)));
    for (uint64_t asked : {1, 2, 3}) {
      EXPECT_EQ(Ask(AddressOf(State(asked).endpoints(0).own_address())),
                absl::StrCat("generation ", asked));
    }
  }
}

TEST_F(UnixSocketTest, AShareIsRefusedAndNothingChanges) {
  const EndpointAddress tcp = AddressOf(absl::StrCat("127.0.0.1:", port_));
  for (uint64_t generation : {1, 2}) {
    StartListening(Server(generation, {tcp, address_}));
  }
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  absl::Status refused = SetWeights({{1, 999}, {2, 1}});
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr(address_.path()), HasSubstr("can't be shared")));
  EXPECT_EQ(State(1).weight(), 1000u);
  EXPECT_THAT(AskOften({tcp, address_}, 40),
              ElementsAre(Pair("generation 1", 40)));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  EXPECT_THAT(AskOften({tcp, address_}, 40),
              ElementsAre(Pair("generation 2", 40)));
}

TEST_F(UnixSocketTest, ModeAndOwnerAreTheirOwn) {
  v1::StartRequest first = UnixServer(1);
  first.set_umask(027);
  first.set_set_user(true);
  first.set_uid(65534);
  first.set_gid(65534);
  StartListening(first);
  EXPECT_EQ(Look().st_mode & 07777, 0750u);
  EXPECT_EQ(Look().st_uid, 65534u);
  EXPECT_EQ(Look().st_gid, 65534u);
  v1::StartRequest second = UnixServer(2);
  for (const char* word : {"--mode", "0602", "--owner", "12:34"}) {
    second.add_command(word);
  }
  StartListening(second);
  EXPECT_EQ(Look().st_mode & 07777, 0750u) << "still the first one's";
  EXPECT_EQ(Look().st_uid, 65534u);
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  EXPECT_EQ(Look().st_mode & 07777, 0602u);
  EXPECT_EQ(Look().st_uid, 12u);
  EXPECT_EQ(Look().st_gid, 34u);
}

TEST_F(UnixSocketTest, ChangesOfTheUnprivilegedAreTheirRight) {
  v1::StartRequest request = PathProgram(1, R"(
s = socket.socket(socket.AF_UNIX)
s.bind(path)
os.chmod(path, 0o600)
os.chown(path, -1, os.getgid())
try:
    os.chown(path, 0, 0)
except PermissionError:
    print("refused")
s.listen(8)
serve(s)
)");
  request.set_set_user(true);
  request.set_uid(65534);
  request.set_gid(65534);
  StartListening(request);
  EXPECT_EQ(Look().st_mode & 07777, 0600u);
  EXPECT_EQ(Look().st_uid, 65534u);
  EXPECT_TRUE(Eventually([&] {
    return ReadFile(OutputPath()).find("refused") != std::string::npos;
  }));
}

// What a program calls its path and where it finds it again.
TEST_F(UnixSocketTest, APathMayBeWrittenInManyWays) {
  ASSERT_EQ(symlink(run_.c_str(), (directory_ + "/link").c_str()), 0);
  const std::string spellings[] = {
      absl::StrCat("'", run_, "/app.sock'"),
      absl::StrCat("'", directory_, "/link/app.sock'"),
      absl::StrCat("'", run_, "/../run/./app.sock'"),
      absl::StrCat("(os.chdir('", run_, "'), 'app.sock')[1]"),
      absl::StrCat("(os.chdir('", directory_, "'), 'run/app.sock')[1]"),
  };
  uint64_t generation = 0;
  for (const std::string& spelling : spellings) {
    SCOPED_TRACE(spelling);
    ++generation;
    StartListening(PathProgram(generation, absl::StrCat("name = ", spelling, R"(
try: os.unlink(name)
except FileNotFoundError: pass
s = socket.socket(socket.AF_UNIX)
s.bind(name)
assert s.getsockname() == name
s.listen(8)
serve(s)
)")));
    ASSERT_TRUE(SetWeights({{generation, 1000}}).ok());
    EXPECT_EQ(Ask(address_), absl::StrCat("generation ", generation));
  }
}

// Clients may ask by whom they are served.
TEST_F(UnixSocketTest, TheServiceIsItsClientsPeer) {
  v1::StartRequest request = UnixServer(1);
  request.set_set_user(true);
  request.set_uid(65534);
  request.set_gid(65534);
  StartListening(request);
  ucred peer{};
  // From its own listen(2) on, which comes after ours.
  EXPECT_TRUE(Eventually([&] {
    UniqueFd client = Connect(address_);
    socklen_t size = sizeof peer;
    return getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) ==
               0 &&
           peer.pid == State(1).pid();
  })) << peer.pid;
  EXPECT_EQ(peer.uid, 65534u);
}

TEST_F(UnixSocketTest, StrangersAreNamed) {
  UniqueFd stranger(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  address_.path().copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(
      bind(stranger.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  ASSERT_EQ(listen(stranger.get(), 8), 0);
  EXPECT_THAT(ProblemOf(UnixServer(1)),
              AllOf(HasSubstr(absl::StrCat("(pid ", getpid(), ")")),
                    HasSubstr("listens on"), HasSubstr(address_.path())));
  // What he leaves behind is nobody's.
  stranger.reset();
  StartListening(UnixServer(2));
  EXPECT_EQ(Ask(address_), "generation 2");
}

TEST_F(UnixSocketTest, AFileThatIsNoSocketStays) {
  WriteFile("run/app.sock", "precious");
  EXPECT_THAT(ProblemOf(UnixServer(1)), HasSubstr("no socket"));
  EXPECT_EQ(ReadFile(address_.path()), "precious");
}

TEST_F(UnixSocketTest, APathThatIsRenamedOverIsRefused) {
  StartListening(UnixServer(1));
  EXPECT_THAT(ProblemOf(PathProgram(2, R"(
s = socket.socket(socket.AF_UNIX)
s.bind(path + '.tmp')
s.listen(8)
try: os.rename(path + '.tmp', path)
except PermissionError: print('no')
time.sleep(1000)
)")),
              HasSubstr("use handover activation"));
  EXPECT_EQ(Ask(address_), "generation 1");
}

TEST_F(UnixSocketTest, OtherFilesAreNoneOfOurBusiness) {
  StartListening(PathProgram(1, R"(
os.makedirs('/tmp/other', exist_ok=True)
for name in (path + '.x', '/tmp/other/app.sock'):
    open(name, 'w').close()
    os.chmod(name, 0o640)
    os.rename(name, name + '2')
    os.unlink(name + '2')
    assert not os.path.exists(name) and not os.path.exists(name + '2')
os.rmdir('/tmp/other')
s = socket.socket(socket.AF_UNIX)
s.bind(path)
s.listen(8)
serve(s)
)"));
  EXPECT_EQ(Ask(address_), "generation 1");
}

TEST_F(UnixSocketTest, OneThatDiedIsHeldUntilAnotherServes) {
  StartListening(UnixServer(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_EQ(kill(State(1).pid(), SIGKILL), 0);
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) { return g.pid() == 0; }));
  UniqueFd waiting = Connect(address_);
  EXPECT_TRUE(waiting.valid()) << "not refused";
  StartListening(UnixServer(2));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  EXPECT_EQ(Ask(address_), "generation 2");
  waiting.reset();
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_THAT(Files(), ElementsAre(".app.sock.2", "app.sock"));
}

TEST_F(UnixSocketTest, ADrainWaitsForConnections) {
  StartListening(UnixServer(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  UniqueFd client = Connect(address_);
  ASSERT_TRUE(client.valid());
  EXPECT_EQ(Ask(address_), "generation 1");
  StartListening(UnixServer(2));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_TRUE(Await(
      1, [](const v1::Generation& g) { return g.connections_carried() == 1; }));
  EXPECT_EQ(State(1).times().signalled_ns(), 0u);
  client.reset();
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_FALSE(State(1).killed());
}

TEST_F(UnixSocketTest, AnAbstractNameIsRefused) {
  v1::StartRequest request = UnixServer(1);
  request.mutable_endpoints(0)->set_address("unix:@app");
  absl::Status refused = Start(request);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("abstract"));
}

TEST_F(UnixSocketTest, APathThatSomebodyRemovesIsPutBack) {
  for (uint64_t generation : {1, 2}) StartListening(UnixServer(generation));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(unlink(address_.path().c_str()), 0);
    EXPECT_TRUE(Eventually([&] { return Ask(address_) == "generation 2"; }));
  }
  // Renamed over, too.
  const std::string other = WriteFile("run/other", "");
  ASSERT_EQ(rename(other.c_str(), address_.path().c_str()), 0);
  EXPECT_TRUE(Eventually([&] { return Ask(address_) == "generation 2"; }));
}

TEST_F(UnixSocketTest, ActivationPassesOne) {
  uint64_t generation = 0;
  for (int round = 0; round < 3; ++round) {
    v1::StartRequest request = PathProgram(++generation, R"(
assert os.environ["LISTEN_FDS"] == "1"
s = socket.socket(fileno=3)
assert s.getsockname() == path
serve(s)
)");
    request.set_handover(v1::ACTIVATION);
    request.set_umask(0117);
    StartListening(request);
    ASSERT_TRUE(SetWeights({{generation, 1000}}).ok());
    EXPECT_EQ(Ask(address_), absl::StrCat("generation ", generation));
    EXPECT_EQ(Look().st_mode & 07777, 0660u);
    if (generation == 1) continue;
    ASSERT_TRUE(Drain(generation - 1).ok());
    ASSERT_TRUE(AwaitEnded(generation - 1));
  }
}

}  // namespace
}  // namespace rollout::shim
