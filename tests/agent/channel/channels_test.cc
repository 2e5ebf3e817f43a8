// SPDX-License-Identifier: Apache-2.0

#include "agent/channel/channels.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "tests/agent/channel/fake_channel.h"

namespace rollout::channel {
namespace {

TEST(Channels, TakesAndServesEach) {
  Channels channels;
  auto channel = std::make_shared<FakeChannel>();
  channels.Serve(channel, [](link::Channel& served) {
    v1::ChannelMessage message;
    message.set_data("here");
    served.Write(message);
    return absl::OkStatus();
  });
  EXPECT_EQ(channel->Hear().data(), "here");
  EXPECT_TRUE(channel->taken());
  channel->Leave();
}

TEST(Channels, TellsWhyThereIsNone) {
  Channels channels;
  auto channel = std::make_shared<FakeChannel>();
  channels.Serve(channel, [](link::Channel&) {
    return absl::NotFoundError("it has ended");
  });
  v1::ChannelMessage told = channel->Hear();
  EXPECT_EQ(told.end().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(told.end().message(), "it has ended");
  channel->Leave();
}

TEST(Channels, ManyComeAndGo) {
  Channels channels;
  for (int i = 0; i < 3000; ++i) {
    auto channel = std::make_shared<FakeChannel>();
    channels.Serve(channel, [](link::Channel& served) {
      served.Cancel();
      return absl::OkStatus();
    });
  }
}

TEST(Channels, LeavingEndsThoseThatAreOpen) {
  std::vector<std::shared_ptr<FakeChannel>> open;
  {
    Channels channels;
    for (int i = 0; i < 50; ++i) {
      open.push_back(std::make_shared<FakeChannel>());
      channels.Serve(open.back(), [](link::Channel& served) {
        v1::ChannelMessage message;
        while (served.Read(&message)) {
        }
        return absl::OkStatus();
      });
    }
  }
  v1::ChannelMessage message;
  for (const auto& channel : open) EXPECT_FALSE(channel->Read(&message));
}

}  // namespace
}  // namespace rollout::channel
