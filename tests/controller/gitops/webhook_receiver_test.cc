// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/webhook_receiver.h"

#include <string>
#include <vector>

#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WebhookReceiverTest : public ::testing::Test {
 protected:
  SourceSettings Source(const std::string& name, const std::string& secret) {
    SourceSettings source;
    source.name = name;
    source.fetch.set_branch("main");
    if (!secret.empty()) source.webhook_secret_file = File(secret);
    return source;
  }

  std::string File(const std::string& name) {
    return testing::TempDir() + "/webhook_receiver_" + name;
  }
  void Write(const std::string& name, const std::string& secret) {
    ASSERT_TRUE(files_.WriteAtomically(File(name), secret).ok());
  }

  // As GitLab proves it.
  int Send(const WebhookReceiver& receiver, const std::string& token) {
    HttpRequest request;
    request.AddHeader("X-Gitlab-Event", "Push Hook");
    request.AddHeader("X-Gitlab-Token", token);
    request.body = R"({"ref":"refs/heads/main"})";
    hinted_.clear();
    return receiver.Receive(request).status;
  }

  PosixFileSystem files_;
  std::vector<std::string> hinted_;
  const WebhookReceiver::Hint hint_ = [this](const std::string& source) {
    hinted_.push_back(source);
  };
};

TEST_F(WebhookReceiverTest, HintsTheSourcesWithThatSecret) {
  Write("a", "one\n");
  Write("b", "two");
  const WebhookReceiver receiver(
      {Source("prod", "a"), Source("test", "b"), Source("local", "")}, files_,
      hint_);
  EXPECT_EQ(Send(receiver, "one"), 202);
  EXPECT_THAT(hinted_, ElementsAre("prod"));
  EXPECT_EQ(Send(receiver, "two"), 202);
  EXPECT_THAT(hinted_, ElementsAre("test"));
  EXPECT_EQ(Send(receiver, "three"), 401);
  EXPECT_EQ(Send(receiver, ""), 401);
  EXPECT_THAT(hinted_, IsEmpty());
}

TEST_F(WebhookReceiverTest, TakesANewSecretAsSoonAsItIsThere) {
  Write("a", "one");
  const WebhookReceiver receiver({Source("prod", "a")}, files_, hint_);
  Write("a", "two");
  EXPECT_EQ(Send(receiver, "one"), 401);
  EXPECT_EQ(Send(receiver, "two"), 202);
}

TEST_F(WebhookReceiverTest, ASecretThatCantBeReadOrIsEmptyLetsNobodyIn) {
  Write("empty", "\n");
  const WebhookReceiver receiver(
      {Source("gone", "missing"), Source("prod", "empty")}, files_, hint_);
  EXPECT_EQ(Send(receiver, ""), 401);
  EXPECT_EQ(Send(receiver, "x"), 401);
  EXPECT_THAT(hinted_, IsEmpty());
}

}  // namespace
}  // namespace rollout::gitops
