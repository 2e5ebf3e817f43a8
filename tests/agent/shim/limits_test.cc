// SPDX-License-Identifier: Apache-2.0
//
// Limits of a generation, with the controllers this machine has.

#include "agent/resources/limits.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "agent/resources/controllers.h"
#include "agent/resources/usage.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/rollout/v1/resources.pb.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class LimitsTest : public ShimTest {
 protected:
  void SetUp() override {
    ShimTest::SetUp();
    name_ = directory_.substr(directory_.rfind('/') + 1);
    controllers_ =
        agent::PrepareControllers(file_system_, control_group_, name_);
  }
  void TearDown() override {
    ShimTest::TearDown();
    for (const agent::ControllerPlace* place :
         {&controllers_.memory, &controllers_.cpu, &controllers_.pids}) {
      // Nothing of a generation is left in there.
      if (access(place->holder.c_str(), F_OK) == 0) {
        EXPECT_EQ(rmdir(place->holder.c_str()), 0) << place->holder;
      }
    }
  }

  // Adds the limits as the agent does.
  void Limit(const rollout::v1::Limits& limits, v1::StartRequest* request) {
    absl::Status added = agent::AddGroupLimits(
        limits, controllers_, absl::StrCat(request->generation()), request);
    ASSERT_TRUE(added.ok()) << added;
    agent::AskForFigures(request);
  }

  static bool IsThere(const agent::ControllerPlace& place) {
    return place.unified || !place.holder.empty();
  }

  rollout::v1::ResourceUsage LastUsage(uint64_t generation) {
    rollout::v1::ResourceUsage usage;
    const v1::Generation told = State(generation);
    for (const v1::GroupFigure& figure : told.group_figures()) {
      agent::AddFigure(figure.file(), figure.content(), &usage);
    }
    return usage;
  }

  std::string name_;
  agent::Controllers controllers_;
};

TEST_F(LimitsTest, OneThatUsesTooMuchMemoryIsKilledAndItShows) {
  if (!IsThere(controllers_.memory)) {
    GTEST_SKIP() << controllers_.memory.problem;
  }
  v1::StartRequest greedy = Program(1, std::string(kPrelude) + R"(
s = listener()
signal.signal(signal.SIGUSR1, lambda *_: bytearray(200 << 20))
serve(s)
)");
  rollout::v1::Limits limits;
  limits.set_memory_bytes(64 << 20);
  Limit(limits, &greedy);
  ASSERT_TRUE(Start(greedy).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_EQ(kill(State(1).pid(), SIGUSR1), 0);
  ASSERT_TRUE(
      Await(1, [](const v1::Generation& told) { return told.pid() == 0; }));
  EXPECT_EQ(WTERMSIG(State(1).exit_status()), SIGKILL);
  EXPECT_GE(LastUsage(1).oom_kills(), 1u) << State(1).DebugString();
  EXPECT_LE(LastUsage(1).peak_memory_bytes(), uint64_t{64} << 20);
  EXPECT_GT(LastUsage(1).peak_memory_bytes(), uint64_t{32} << 20);
  ASSERT_TRUE(AwaitEnded(1));
}

TEST_F(LimitsTest, ForksAreRefusedBeyondTheLimit) {
  if (!IsThere(controllers_.pids)) GTEST_SKIP() << controllers_.pids.problem;
  v1::StartRequest forking = Program(1, std::string(kPrelude) + R"(
s = listener()
forked = 0
try:
    while forked < 50:
        if os.fork() == 0:
            signal.pause()
        forked += 1
except OSError:
    pass
print("forked", forked)
serve(s)
)");
  rollout::v1::Limits limits;
  limits.set_pids(10);
  Limit(limits, &forking);
  ASSERT_TRUE(Start(forking).ok());
  EXPECT_TRUE(Eventually([&] {
    return ReadFile(OutputPath()).find("forked 9\n") != std::string::npos;
  })) << ReadFile(OutputPath());
}

TEST_F(LimitsTest, ItIsBornWithinItsLimits) {
  rollout::v1::Limits limits;
  if (IsThere(controllers_.memory)) limits.set_memory_bytes(64 << 20);
  if (IsThere(controllers_.cpu)) limits.set_cpu_millicores(500);
  if (IsThere(controllers_.pids)) limits.set_pids(50);
  v1::StartRequest request = Program(1, std::string(kPrelude) + R"(
s = listener()
for line in open("/proc/self/cgroup"):
    hierarchy, controllers, path = line.strip().split(":", 2)
    for controller in controllers.split(","):
        print("in", controller or "unified", path)
print("end")
serve(s)
)");
  request.set_set_user(true);
  request.set_uid(65534);
  request.set_gid(65534);
  Limit(limits, &request);
  absl::Status started = Start(request);
  ASSERT_TRUE(started.ok()) << started;
  ASSERT_TRUE(Eventually([&] {
    return ReadFile(OutputPath()).find("end\n") != std::string::npos;
  }));
  const std::string output = ReadFile(OutputPath());
  const std::pair<const char*, const agent::ControllerPlace*> kPlaces[] = {
      {"memory", &controllers_.memory},
      {"cpu", &controllers_.cpu},
      {"pids", &controllers_.pids}};
  for (const auto& [controller, place] : kPlaces) {
    if (place->holder.empty()) continue;
    SCOPED_TRACE(controller);
    const size_t line = output.find(absl::StrCat("in ", controller, " "));
    ASSERT_NE(line, std::string::npos) << output;
    EXPECT_THAT(output.substr(line, output.find('\n', line) - line),
                HasSubstr(absl::StrCat(name_, "/1")));
  }
  if (!controllers_.cpu.holder.empty()) {
    EXPECT_EQ(ReadFile(controllers_.cpu.holder + "/1/cpu.cfs_quota_us"),
              "50000\n");
  }
}

TEST_F(LimitsTest, OneThatCannotBeSetRefusesTheStart) {
  if (control_group_.empty()) GTEST_SKIP() << "there are no control groups";
  v1::StartRequest request = HttpServer(1);
  v1::GroupLimits* limits = request.add_group_limits();
  limits->set_path(request.control_group());
  v1::GroupSetting* setting = limits->add_settings();
  setting->set_file("no.such.limit");
  setting->set_value("1");
  absl::Status refused = Start(request);
  EXPECT_THAT(
      std::string(refused.message()),
      AllOf(HasSubstr("cannot write 1 to"), HasSubstr("no.such.limit")));
  EXPECT_EQ(State().generations_size(), 0);
  EXPECT_NE(access(request.control_group().c_str(), F_OK), 0);
  setting->set_file("../cgroup.procs");
  EXPECT_EQ(Start(request).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace rollout::shim
