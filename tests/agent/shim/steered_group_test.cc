// SPDX-License-Identifier: Apache-2.0
//
// Steering in the real kernel: shares, marks, and three generations at once.

#include <signal.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::Pair;

class SteeredGroupTest : public ShimTest {
 protected:
  void StartReady(uint64_t generation) {
    absl::Status started = Start(
        Program(generation, std::string(kPrelude) + "serve(listener())\n"));
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitReady(generation));
  }

  // What `count` requests get.
  std::map<std::string, int> Ask(int count, uint32_t mark = 0) {
    std::map<std::string, int> answers;
    for (int i = 0; i < count; ++i) ++answers[Get(port_, mark)];
    return answers;
  }
};

TEST_F(SteeredGroupTest, MarksReachTheDarkAndClientsDoNot) {
  for (uint64_t generation : {1, 2, 3}) {
    StartReady(generation);
    // From the first listener on, nobody having been given weight.
    EXPECT_THAT(Ask(20), ElementsAre(Pair("generation 1", 20)));
  }
  for (uint64_t serving : {2, 3, 1}) {
    std::string body = absl::StrCat("generation ", serving);
    ASSERT_TRUE(SetWeights({{serving, 1000}}).ok());
    EXPECT_THAT(Ask(50), ElementsAre(Pair(body, 50)));
    for (uint64_t marked : {1, 2, 3}) {
      EXPECT_THAT(Ask(20, State(marked).mark()),
                  ElementsAre(Pair(absl::StrCat("generation ", marked), 20)));
    }
  }
}

TEST_F(SteeredGroupTest, GivesShares) {
  StartReady(1);
  StartReady(2);
  ASSERT_TRUE(SetWeights({{1, 750}, {2, 250}}).ok());
  std::map<std::string, int> answers = Ask(1000);
  EXPECT_EQ(answers.size(), 2u);
  // 250 expected, standard deviation 14: six of them.
  EXPECT_NEAR(answers["generation 2"], 250, 84);
}

// A newcomer joins, members leave from every place, while clients come: with
// three alive, none meets one it should not.
TEST_F(SteeredGroupTest, ThreeAliveAndNobodyMeetsTheDark) {
  StartReady(1);
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  HttpLoad load(port_, 3);
  auto served_by = [&](uint64_t generation) {
    std::string body = absl::StrCat("generation ", generation);
    int before = load.answers()[body];
    return Eventually([&] { return load.answers()[body] > before + 100; });
  };
  for (uint64_t round = 0; round < 3; ++round) {
    uint64_t serving = 1 + 3 * round;
    // The groups' order: serving, dark, candidate.
    uint64_t dark = serving + 1, candidate = serving + 2, next = serving + 3;
    StartReady(dark);
    StartReady(candidate);
    ASSERT_TRUE(served_by(serving));
    ASSERT_TRUE(SetWeights({{candidate, 1000}}).ok());
    ASSERT_TRUE(Drain(serving).ok());
    ASSERT_TRUE(AwaitEnded(serving));
    // Its listener can't be closed: the serving one is last and would move into
    // its place, and by hash the dark one would get clients.
    EXPECT_EQ(State(serving).listeners(), 1u);
    ASSERT_TRUE(served_by(candidate));
    StartReady(next);
    // Now the newcomer is last and the place is free to move to.
    EXPECT_TRUE(Eventually([&] { return State(serving).listeners() == 0; }));
    ASSERT_TRUE(Kill(dark).ok());
    ASSERT_TRUE(AwaitEnded(dark));
    // Again the serving one is last.
    EXPECT_EQ(State(dark).listeners(), 1u);
    ASSERT_TRUE(served_by(candidate));
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    EXPECT_EQ(State(dark).listeners(), 0u);
    ASSERT_TRUE(Drain(candidate).ok());
    ASSERT_TRUE(AwaitEnded(candidate));
    EXPECT_EQ(State(candidate).listeners(), 0u);
    ASSERT_TRUE(served_by(next));
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_THAT(
      load.answers(),
      ElementsAre(Key("generation 1"), Key("generation 10"),
                  Key("generation 3"), Key("generation 4"), Key("generation 6"),
                  Key("generation 7"), Key("generation 9")));
}

TEST_F(SteeredGroupTest, SeveralListenersPerGenerationShareWithin) {
  auto nginx = [&](uint64_t generation) {
    v1::StartRequest request =
        Request(generation, {"/usr/sbin/nginx", "-c", ""});
    std::string own = request.private_directory();
    request.set_command(2,
                        WriteFile(absl::StrCat("nginx-", generation, ".conf"),
                                  absl::StrCat(R"(
daemon off;
worker_processes 4;
error_log stderr;
pid )",
                                               own, R"(/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path )",
                                               own, R"(/body;
  proxy_temp_path )",
                                               own, R"(/proxy;
  fastcgi_temp_path )",
                                               own, R"(/fastcgi;
  uwsgi_temp_path )",
                                               own, R"(/uwsgi;
  scgi_temp_path )",
                                               own, R"(/scgi;
  server {
    listen 127.0.0.1:)",
                                               port_, R"( reuseport;
    return 200 "generation )",
                                               generation, R"(";
  }
}
)")));
    return request;
  };
  absl::Status started = Start(nginx(1));
  ASSERT_TRUE(started.ok()) << started;
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  EXPECT_EQ(State(1).listeners(), 4u);
  HttpLoad load(port_, 4);
  for (uint64_t next = 2; next <= 5; ++next) {
    ASSERT_TRUE(Start(nginx(next)).ok());
    ASSERT_TRUE(AwaitReady(next));
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    v1::Request drain;
    drain.mutable_drain()->set_generation(next - 1);
    drain.mutable_drain()->set_signal(SIGQUIT);
    drain.mutable_drain()->set_wait_ns(5000000000);
    drain.mutable_drain()->set_timeout_ns(10000000000);
    ASSERT_TRUE(Send(drain).ok());
    ASSERT_TRUE(AwaitEnded(next - 1));
    EXPECT_FALSE(State(next - 1).killed());
    EXPECT_EQ(State(next - 1).listeners(), 0u);
    int before = load.done();
    ASSERT_TRUE(Eventually([&] { return load.done() > before + 200; }));
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

}  // namespace
}  // namespace rollout::shim
