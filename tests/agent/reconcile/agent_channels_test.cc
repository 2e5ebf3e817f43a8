// SPDX-License-Identifier: Apache-2.0
//
// What an agent does with the channels that operators ask for.

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/channel/fake_channel.h"
#include "tests/agent/reconcile/agent_fixture.h"

namespace rollout::agent {
namespace {

using ::testing::HasSubstr;

TEST_F(AgentTest, TellsWhyAChannelLeadsNowhere) {
  ServeR0();
  struct Row {
    const char* service;
    int64_t generation;
    const char* endpoint;
    absl::StatusCode code;
    const char* words;
  };
  for (const Row& row : std::vector<Row>{
           {"db", 1, "", absl::StatusCode::kNotFound,
            "host h1 has no service \"db\"; it has: web"},
           {"../web", 1, "", absl::StatusCode::kNotFound, "no service"},
           {"web", 7, "", absl::StatusCode::kNotFound,
            "generation 7 of web has ended"},
           {"web", 1, "admin", absl::StatusCode::kNotFound,
            "generation 1 of web has no endpoint \"admin\""},
       }) {
    SCOPED_TRACE(row.words);
    v1::ChannelTarget target;
    target.set_service(row.service);
    target.mutable_proxy()->set_generation(row.generation);
    target.mutable_proxy()->set_endpoint(row.endpoint);
    auto channel = std::make_shared<channel::FakeChannel>();
    controller_.OpenChannel(target, channel);
    v1::ChannelEnd end = channel->Hear().end();
    EXPECT_EQ(end.code(), static_cast<int>(row.code));
    EXPECT_THAT(end.message(), HasSubstr(row.words));
    channel->Leave();
  }
}

TEST_F(AgentTest, DoesNotConnectToOneThatDoesNotListenYet) {
  FakeBehaviour slow;
  slow.listens_after = absl::InfiniteDuration();
  shims_.SetBehaviour("R0", slow);
  controller_.Send(MakeAssignment(1, {{"R0", 1000}}));
  ExpectHost("1 R0 STARTING 0");
  v1::ChannelTarget target;
  target.set_service("web");
  target.mutable_proxy()->set_generation(1);
  auto channel = std::make_shared<channel::FakeChannel>();
  controller_.OpenChannel(target, channel);
  EXPECT_EQ(channel->Hear().end().message(),
            "generation 1 of web does not listen yet");
  channel->Leave();
}

TEST_F(AgentTest, ShowsWhatAServiceHasWritten) {
  ServeR0();
  ASSERT_TRUE(files_
                  .WriteAtomically(directory_ + "/services/web/output.log",
                                   "1 1 hello\n")
                  .ok());
  v1::ChannelTarget target;
  target.set_service("web");
  target.mutable_log();
  auto channel = std::make_shared<channel::FakeChannel>();
  controller_.OpenChannel(target, channel);
  EXPECT_TRUE(channel->Hear().has_opened());
  EXPECT_EQ(channel->Hear().lines().lines(0).text(), "hello");
  channel->Leave();
}

}  // namespace
}  // namespace rollout::agent
