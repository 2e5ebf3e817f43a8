// SPDX-License-Identifier: Apache-2.0
//
// Which processes belong to a generation, seen by what happens to them at its
// end.

#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/flip_fixture.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::HasSubstr;

class TreeTest : public FlipTest {
 protected:
  // The number in the first line of output, "1 1 WORD NUMBER"; 0: none.
  pid_t PidPrinted() {
    std::vector<std::string> words =
        absl::StrSplit(ReadFile(OutputPath()), absl::ByAnyChar(" \n"));
    pid_t pid = 0;
    if (words.size() < 4 || !absl::SimpleAtoi(words[3], &pid)) return 0;
    return pid;
  }
};

TEST_F(TreeTest, DeadlineKillsTheWholeTree) {
  v1::StartRequest stubborn = Program(1, std::string(kPrelude) + R"(
signal.signal(signal.SIGTERM, signal.SIG_IGN)
s = listener()
if os.fork() == 0:           # a child
    signal.pause()
if os.fork() == 0:           # a daemon: own session, parent gone,
    os.setsid()              # environment wiped
    if os.fork() == 0:
        print("daemon", os.getpid())
        os.execve("/bin/sh", ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"], {})
    os._exit(0)
os.wait()
serve(s)
)");
  Flip(stubborn, Program(2, Server()));
  const pid_t daemon = PidPrinted();
  ASSERT_GT(daemon, 0);
  ASSERT_EQ(kill(daemon, 0), 0);
  ASSERT_TRUE(Drain(1, absl::Milliseconds(20), absl::Milliseconds(100)).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(State(1).killed());
  EXPECT_EQ(State(1).connections_cut(), 1u);
  EXPECT_EQ(State(1).exit_status(), SIGKILL);
  if (!control_group_.empty()) {
    EXPECT_TRUE(Eventually([daemon] { return kill(daemon, 0) != 0; }));
    return;
  }
  // It could be of either by what it shows: while both live it is spared, and
  // goes with the last one.
  ASSERT_EQ(kill(daemon, 0), 0);
  ASSERT_TRUE(SetWeights({}).ok());
  ASSERT_TRUE(Kill(2).ok());
  ASSERT_TRUE(AwaitEnded(2));
  EXPECT_NE(kill(daemon, 0), 0);
}

TEST_F(TreeTest, DaemonsWithTheirEnvironmentGoWithTheirGeneration) {
  v1::StartRequest daemonizing = Program(1, std::string(kPrelude) + R"(
s = listener()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print("daemon", os.getpid())
        os.execv("/bin/sh", ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"])
    os._exit(0)
os.wait()
serve(s)
)");
  Flip(daemonizing, Program(2, Server()));
  held_.reset();
  const pid_t daemon = PidPrinted();
  ASSERT_GT(daemon, 0);
  ASSERT_TRUE(Drain(1, absl::Seconds(1), absl::Seconds(1)).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(State(1).killed());
  EXPECT_EQ(State(1).exit_status(), SIGTERM);
  // Dead it is; its entry goes once the shim has read its status.
  EXPECT_TRUE(Eventually([daemon] { return kill(daemon, 0) != 0; }));
  EXPECT_EQ(Get(port_), "generation 2");
}

TEST_F(TreeTest, WhatHasLeftItsControlGroupStillBelongsToIt) {
  if (control_group_.empty()) GTEST_SKIP() << "there are no control groups";
  // As the processes of a container engine do.
  v1::StartRequest leaving = Program(
      1, std::string(kPrelude) +
             absl::StrCat("elsewhere = '", control_group_, "/elsewhere'") +
             R"(
os.mkdir(elsewhere)
s = listener()
if os.fork() == 0:
    open(elsewhere + "/cgroup.procs", "w").write("0")
    print("left", os.getpid())
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve(s)
signal.pause()
)");
  Flip(leaving, Program(2, Server()));
  const pid_t escaped = PidPrinted();
  ASSERT_GT(escaped, 0);
  ASSERT_TRUE(Drain(1).ok());
  // Its connection is waited for.
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) {
    return g.times().queue_empty_ns() != 0;
  }));
  EXPECT_EQ(State(1).times().signalled_ns(), 0u);
  EXPECT_THAT(Finish(held_), HasSubstr("generation 1"));
  ASSERT_TRUE(Kill(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(Eventually([escaped] { return kill(escaped, 0) != 0; }));
  EXPECT_EQ(rmdir((control_group_ + "/elsewhere").c_str()), 0);
}

TEST_F(TreeTest, ReadinessMayBeToldFromOutsideTheControlGroup) {
  if (control_group_.empty()) GTEST_SKIP() << "there are no control groups";
  // Two listeners: the second is the occasion to look who holds the first.
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) +
                                   absl::StrCat("elsewhere = '", control_group_,
                                                "/elsewhere'") +
                                   R"(
os.mkdir(elsewhere)
if os.fork() == 0:
    open(elsewhere + "/cgroup.procs", "w").write("0")
    s = listener()
    t = listener()
    n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    n.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    threading.Thread(target=serve, args=(t,)).start()
    serve(s)
signal.pause()
)"))
                  .ok());
  ASSERT_TRUE(
      Await(1, [](const v1::Generation& g) { return g.notified_ready(); }));
  EXPECT_EQ(State(1).listeners(), 2u);
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  for (int i = 0; i < 16; ++i) EXPECT_EQ(Get(port_), "generation 1");
  ASSERT_TRUE(SetWeights({}).ok());
  ASSERT_TRUE(Kill(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_EQ(rmdir((control_group_ + "/elsewhere").c_str()), 0);
}

// It is found by its group, whatever else makes a walk necessary.
TEST_F(TreeTest, ADaemonThatShowsNothingIsKnownByItsControlGroup) {
  if (control_group_.empty()) GTEST_SKIP() << "there are no control groups";
  v1::StartRequest daemonizing = Program(1, std::string(kPrelude) + R"(
s = listener()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print("daemon", os.getpid())
        os.execve("/bin/sh", ["sh", "-c", "while :; do sleep 1; done"], {})
    os._exit(0)
os.wait()
serve(s)
)");
  v1::StartRequest without = Program(2, Server());
  without.clear_control_group();
  Flip(daemonizing, without);
  held_.reset();
  const pid_t daemon = PidPrinted();
  ASSERT_GT(daemon, 0);
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_FALSE(State(1).killed());
  EXPECT_TRUE(Eventually([daemon] { return kill(daemon, 0) != 0; }));
  EXPECT_EQ(Get(port_), "generation 2");
}

TEST_F(TreeTest, GroupsThatAServiceMakesGoWithIt) {
  if (control_group_.empty()) GTEST_SKIP() << "there are no control groups";
  v1::StartRequest nesting =
      Program(1, std::string(kPrelude) +
                     absl::StrCat("below = '", control_group_, "/1/a/b'") +
                     R"(
os.makedirs(below)
s = listener()
if os.fork() == 0:
    open(below + "/cgroup.procs", "w").write("0")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pause()
serve(s)
)");
  Flip(nesting, Program(2, Server()));
  held_.reset();
  ASSERT_TRUE(Drain(1, absl::Milliseconds(20), absl::Milliseconds(100)).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(State(1).killed());
  EXPECT_NE(access((control_group_ + "/1").c_str(), F_OK), 0);
}

TEST_F(TreeTest, AStartWithoutItsControlGroupIsNoLess) {
  v1::StartRequest request = Program(1, Server());
  request.set_control_group(directory_ + "/no/such/group");
  Flip(request, Program(2, Server()));
  held_.reset();
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_FALSE(State(1).killed());
}

TEST_F(TreeTest, ALeftoverOfAnEndedServiceIsEnded) {
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
s = listener()
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve(s)
answer(s.accept()[0])
sys.exit(3)
)"))
                  .ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(Eventually([&] {
    Get(port_);
    return State(1).pid() == 0;
  }));
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(State(1).killed());
  EXPECT_EQ(State(1).exit_status(), 3 << 8);
}

}  // namespace
}  // namespace rollout::shim
