// SPDX-License-Identifier: Apache-2.0
//
// A shim that goes on in another program, whatever it is about.

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/flip_fixture.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

class RenewalTest : public FlipTest {
 protected:
  void Serve(const v1::StartRequest& request) {
    absl::Status started = Start(request);
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitReady(request.generation()));
    ASSERT_TRUE(SetWeights({{request.generation(), 1000}}).ok());
  }

  absl::Status Ask(const std::string& program) {
    v1::Request request;
    request.mutable_renew()->set_program(program);
    return Send(request);
  }

  // A newer one of its kind: the same in another file.
  std::string NextProgram() {
    const std::string path =
        absl::StrCat(directory_, "/", ++renewals_, "/rollout-shim");
    EXPECT_TRUE(
        file_system_.MakeDirectories(path.substr(0, path.rfind('/'))).ok());
    std::filesystem::copy_file(std::filesystem::read_symlink(absl::StrCat(
                                   "/proc/", State().pid(), "/exe")),
                               path);
    return path;
  }

  // The connection stays.
  void Renew() {
    const std::string next = NextProgram();
    absl::Status asked = Ask(next);
    ASSERT_TRUE(asked.ok()) << asked;
    struct stat facts {};
    ASSERT_EQ(stat(next.c_str(), &facts), 0);
    EXPECT_TRUE(Eventually([&] {
      return State().executable().inode() == facts.st_ino &&
             State().executable().device() == facts.st_dev;
    }));
    EXPECT_FALSE(lost());
  }

  int renewals_ = 0;
};

TEST_F(RenewalTest, NoClientNotices) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  const v1::Generation before = State(1);
  HttpLoad load(port_, 4);
  for (int i = 0; i < 10; ++i) ASSERT_NO_FATAL_FAILURE(Renew());
  const int done = load.done();
  EXPECT_TRUE(Eventually([&] { return load.done() >= done + 100; }));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(State(1).SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(State().losses(), 0u);
}

TEST_F(RenewalTest, AtEachStepOfSwaps) {
  ASSERT_NO_FATAL_FAILURE(Serve(HttpServer(1)));
  HttpLoad load(port_, 4);
  for (uint64_t next = 2; next < 5; ++next) {
    SCOPED_TRACE(next);
    ASSERT_TRUE(Start(HttpServer(next)).ok());
    ASSERT_NO_FATAL_FAILURE(Renew());
    ASSERT_TRUE(AwaitReady(next)) << State(next).problem();
    ASSERT_TRUE(SetWeights({{next - 1, 500}, {next, 500}}).ok());
    ASSERT_NO_FATAL_FAILURE(Renew());
    EXPECT_EQ(State(next).weight(), 500u);
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    ASSERT_TRUE(Drain(next - 1).ok());
    ASSERT_NO_FATAL_FAILURE(Renew());
    ASSERT_TRUE(AwaitEnded(next - 1));
    const v1::Generation old = State(next - 1);
    EXPECT_TRUE(WIFSIGNALED(old.exit_status()) &&
                WTERMSIG(old.exit_status()) == SIGTERM)
        << old.exit_status();
    EXPECT_EQ(old.connections_cut(), 0u);
    ASSERT_TRUE(Forget(next - 1).ok());
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

TEST_F(RenewalTest, ADrainWithManyConnectionsGoesOn) {
  constexpr int kConnections = 100;
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  std::vector<UniqueFd> held;
  for (int i = 0; i < kConnections; ++i) {
    held.push_back(Connect(port_));
    ASSERT_TRUE(held.back().valid());
  }
  ASSERT_EQ(Get(port_), "generation 1");
  ASSERT_NO_FATAL_FAILURE(Serve(Program(2, Server())));
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_NO_FATAL_FAILURE(Renew());
  for (UniqueFd& connection : held) {
    EXPECT_THAT(Finish(connection), testing::EndsWith("generation 1"));
    connection.reset();
  }
  EXPECT_TRUE(AwaitEnded(1));
  EXPECT_EQ(State(1).connections_carried(), kConnections);
  EXPECT_EQ(State(1).connections_cut(), 0u);
  EXPECT_FALSE(State(1).killed());
}

TEST_F(RenewalTest, HeldClientsStayHeld) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  v1::Request hold;
  hold.mutable_hold();
  ASSERT_TRUE(Send(hold).ok());
  HttpLoad load(port_, 4);
  ASSERT_NO_FATAL_FAILURE(Renew());
  EXPECT_TRUE(State().holding());
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  ASSERT_NO_FATAL_FAILURE(Renew());
  ASSERT_NO_FATAL_FAILURE(Serve(Program(2, Server())));
  EXPECT_TRUE(Eventually([&] { return load.done() >= 20; }));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

TEST_F(RenewalTest, NoLineIsLostOrTorn) {
  constexpr int kLines = 60000;
  ASSERT_TRUE(Start(Program(1, absl::StrCat(kPrelude, R"(
for i in range()",
                                            kLines, R"():
    os.write(1, b"line %d " % i + b"x" * (i % 300) + b"\n")
serve(listener())
)")))
                  .ok());
  while (!State(1).all_endpoints_listen()) ASSERT_NO_FATAL_FAILURE(Renew());
  EXPECT_GT(renewals_, 2);
  EXPECT_TRUE(Eventually([&] {
    return ReadFile(OutputPath()).find(absl::StrCat("line ", kLines - 1)) !=
           std::string::npos;
  }));
  std::istringstream file(ReadFile(OutputPath()));
  std::string line;
  for (int i = 0; i < kLines; ++i) {
    ASSERT_TRUE(std::getline(file, line)) << i;
    ASSERT_EQ(line, absl::StrCat(i + 1, " 1 line ", i, " ",
                                 std::string(i % 300, 'x')));
  }
}

// Not a program, no shim, one that takes other states, one that does not say.
TEST_F(RenewalTest, IsRefusedByWhatWouldNotGoOn) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  const pid_t shim = State().pid();
  const std::string later =
      WriteFile("later", "#!/bin/sh\necho rollout-shim state 9999\n");
  const std::string silent = WriteFile("silent", "#!/bin/sh\nexec sleep 60\n");
  chmod(later.c_str(), 0755);
  chmod(silent.c_str(), 0755);
  for (const std::string& program :
       {std::string("/nonexistent"), std::string("relative"),
        WriteFile("text", "no program\n"), std::string("/bin/true"), later,
        silent}) {
    SCOPED_TRACE(program);
    absl::Status asked = Ask(program);
    EXPECT_TRUE(absl::IsFailedPrecondition(asked)) << asked;
  }
  EXPECT_EQ(State().pid(), shim);
  EXPECT_EQ(Get(port_), "generation 1");
}

// Says that it would, and does not run when it comes to it.
TEST_F(RenewalTest, GoesOnInTheOldOneWhereTheNewCannotBeRun) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  const pid_t shim = State().pid();
  HttpLoad load(port_, 4);
  const std::string once =
      WriteFile("once", "#!/bin/sh\nrm -f \"$0\"\necho rollout-shim state 1\n");
  chmod(once.c_str(), 0755);
  const uint64_t before = State().executable().inode();
  ASSERT_TRUE(Ask(once).ok());
  ASSERT_TRUE(Eventually([&] { return State().pid() != shim; }));
  EXPECT_EQ(State().executable().inode(), before);
  ASSERT_NO_FATAL_FAILURE(Renew());
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

TEST_F(RenewalTest, TheNewOneMayBeLostToo) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  HttpLoad load(port_, 4);
  for (int i = 0; i < 3; ++i) {
    ASSERT_NO_FATAL_FAILURE(Renew());
    ASSERT_NO_FATAL_FAILURE(LoseShim());
  }
  // Now the services are nobody's children: how they end is not told, but that
  // they do.
  const pid_t shim = State().pid();
  ASSERT_EQ(kill(State().keeper_pid(), SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return State().keeper_pid() == shim; }));
  ASSERT_TRUE(Start(Program(2, Server())).ok());
  ASSERT_TRUE(AwaitReady(2));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_TRUE(Drain(1).ok());
  EXPECT_TRUE(AwaitEnded(1));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

}  // namespace
}  // namespace rollout::shim
