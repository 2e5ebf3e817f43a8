// SPDX-License-Identifier: Apache-2.0
//
// The servers by themselves: what the end-to-end tests take for granted.

#include "tests/programs/program.h"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/load/conversation.h"
#include "tests/load/http_get.h"
#include "tests/programs/bare_program.h"

namespace rollout::programs {
namespace {

using ::testing::HasSubstr;

constexpr int kPort = 8080;  // of a network namespace that is ours alone

class Programs : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rollout-programs-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_P(Programs, AnswersItsVersionLogsPathsAndEndsAtItsSignal) {
  auto program = MakeProgram(GetParam(), directory_);
  ASSERT_TRUE(program.ok()) << program.status();
  auto version = (*program)->Make(7, "127.0.1.1", kPort);
  ASSERT_TRUE(version.ok()) << version.status();
  BareProgram bare(*version, {"127.0.1.1", kPort, directory_});
  auto started = bare.Start();
  PosixFileSystem files;
  ASSERT_TRUE(started.ok()) << started.status() << "\n"
                            << files.Read(bare.log()).value_or("");
  auto peer = load::MakePeer(bare.Target(), absl::Seconds(5));
  ASSERT_TRUE(peer.ok()) << peer.status();
  // Whatever it answers the first time, it answers on the same connection.
  load::Conversation conversation(*peer, version->protocol);
  for (int i = 0; i < 3; ++i) {
    load::Answer answer = conversation.Ask(version->protocol.request);
    EXPECT_EQ(answer.outcome, load::Outcome::kOk) << answer.detail;
    EXPECT_EQ(answer.body, version->answer);
  }
  const bool http = version->readiness.empty();
  if (http) {
    auto get = load::HttpGet::Create(bare.Target(), "/ready", absl::Seconds(5));
    ASSERT_TRUE(get.ok());
    EXPECT_EQ(get->Ask().body, version->answer);
  }
  auto stopped = bare.Stop();
  EXPECT_TRUE(stopped.ok()) << stopped.status();
  if (http) {
    EXPECT_THAT(files.Read(bare.log()).value_or(""), HasSubstr("GET /ready"));
  }
}

// Those that upgrade themselves are daemons, or the same as without.
std::vector<std::string> BareNames() {
  std::vector<std::string> names;
  for (const std::string& name : ProgramNames()) {
    if (!absl::EndsWith(name, "_signal")) names.push_back(name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, Programs, ::testing::ValuesIn(BareNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace rollout::programs
