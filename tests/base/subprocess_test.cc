// SPDX-License-Identifier: Apache-2.0

#include "base/subprocess.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using End = CommandResult::End;

Command Shell(const std::string& script) {
  Command command;
  command.arguments = {"/bin/sh", "-c", script};
  command.environment = {"PATH=/usr/bin:/bin"};
  command.timeout = absl::Seconds(30);
  return command;
}

CommandResult Ended(const Command& command) {
  auto result = RunCommand(command);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : CommandResult();
}

TEST(RunCommand, TellsTheEndAndTheOutput) {
  CommandResult result = Ended(Shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(DescribeWaitStatus(result.wait_status), "exited with status 7");
  EXPECT_EQ(result.output, "out\nerr\n");
  EXPECT_EQ(DescribeWaitStatus(Ended(Shell("kill -TERM $$")).wait_status),
            "was killed by signal 15 (Terminated)");
}

TEST(RunCommand, GivesTheCommandItsInput) {
  Command command = Shell("read line && echo \"got: $line\"");
  command.input = ::testing::TempDir() + "/input";
  std::ofstream(command.input) << "a line\n";
  EXPECT_EQ(Ended(command).output, "got: a line\n");
  command.input = "/nonexistent";
  EXPECT_EQ(RunCommand(command).status().code(), absl::StatusCode::kNotFound);
}

TEST(RunCommand, GivesTheCommandNothingOfOurs) {
  setenv("OUR_SECRET", "hush", 1);
  signal(SIGPIPE, SIG_IGN);
  int inherited = dup(STDERR_FILENO);  // without close-on-exec
  EXPECT_EQ(Ended(Shell("pwd")).output, "/\n");
  EXPECT_EQ(Ended(Shell("cat; echo $?")).output, "0\n");
  EXPECT_THAT(Ended(Shell("env")).output, Not(HasSubstr("hush")));
  // Only the listing's own descriptor comes after 0, 1 and 2.
  EXPECT_EQ(Ended(Shell("exec ls /proc/self/fd")).output, "0\n1\n2\n3\n");
  // Signals 1 to 28; those above 31 are glibc's own.
  EXPECT_THAT(Ended(Shell("grep SigIgn /proc/self/status")).output,
              EndsWith("0000000\n"));
  close(inherited);
  signal(SIGPIPE, SIG_DFL);
}

TEST(RunCommand, KeepsTheBeginningOfMuchOutput) {
  Command command = Shell("yes | head -c 10000000; exit 3");
  command.output_limit = 5;
  CommandResult result = Ended(command);
  EXPECT_EQ(result.output, "y\ny\ny");
  EXPECT_EQ(WEXITSTATUS(result.wait_status), 3);
}

TEST(RunCommand, EndsWhatTakesTooLong) {
  for (const char* script : {"sleep 600", "exec yes", "trap '' TERM; sleep 600",
                             "exec >&- 2>&-; sleep 600"}) {
    SCOPED_TRACE(script);
    Command command = Shell(script);
    command.timeout = absl::Milliseconds(50);
    absl::Duration began = SystemClock().Uptime();
    CommandResult result = Ended(command);
    EXPECT_EQ(result.end, End::kTimedOut);
    EXPECT_EQ(WTERMSIG(result.wait_status), SIGKILL);
    EXPECT_LT(SystemClock().Uptime() - began, absl::Seconds(20));
  }
}

TEST(RunCommand, LeavesNobodyOfItsGroupBehind) {
  CommandResult result = Ended(Shell("sleep 600 & echo $!"));
  EXPECT_EQ(result.end, End::kExited);
  pid_t left_behind = std::stoi(result.output);
  // It may be a zombie until init takes it.
  const absl::Duration deadline = SystemClock().Uptime() + absl::Seconds(10);
  auto alive = [&] {
    CommandResult state = Ended(
        Shell("cat /proc/" + std::to_string(left_behind) + "/stat || true"));
    return state.output.find(") S") != std::string::npos;
  };
  while (alive() && SystemClock().Uptime() < deadline) {
  }
  EXPECT_FALSE(alive());
}

TEST(RunCommand, CanBeCancelled) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd cancel(ends[0]);
  close(ends[1]);
  Command command = Shell("sleep 600");
  command.cancel_fd = cancel.get();
  EXPECT_EQ(Ended(command).end, End::kCancelled);
}

TEST(RunCommand, SaysWhatCannotBeStarted) {
  Command command = Shell("");
  command.arguments = {"/no/such/program"};
  auto result = RunCommand(command);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(result.status().message(),
              HasSubstr("cannot start /no/such/program"));
  command.arguments = {"/etc/passwd"};
  EXPECT_EQ(RunCommand(command).status().code(),
            absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace rollout
