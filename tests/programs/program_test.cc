// SPDX-License-Identifier: Apache-2.0
//
// The servers by themselves: what the end-to-end tests take for granted.

#include "tests/programs/program.h"

#include <stdlib.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
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

TEST_P(Programs, AnswersItsVersionLogsThePathAndEndsAtItsSignal) {
  auto program = MakeProgram(GetParam(), directory_);
  ASSERT_TRUE(program.ok()) << program.status();
  auto version = (*program)->Make(7, "127.0.1.1", kPort);
  ASSERT_TRUE(version.ok()) << version.status();
  BareProgram bare(*version, {"127.0.1.1", kPort, directory_});
  auto started = bare.Start();
  PosixFileSystem files;
  ASSERT_TRUE(started.ok()) << started.status() << "\n"
                            << files.Read(bare.log()).value_or("");
  for (const char* path : {"/", "/ready"}) {
    SCOPED_TRACE(path);
    auto get = load::HttpGet::Create(bare.Target(), path, absl::Seconds(5));
    ASSERT_TRUE(get.ok());
    load::Answer answer = get->Ask();
    EXPECT_EQ(answer.outcome, load::Outcome::kOk) << answer.detail;
    EXPECT_EQ(answer.body, "version 7\n");
  }
  auto stopped = bare.Stop();
  EXPECT_TRUE(stopped.ok()) << stopped.status();
  EXPECT_THAT(files.Read(bare.log()).value_or(""), HasSubstr("GET /ready"));
}

INSTANTIATE_TEST_SUITE_P(All, Programs, ::testing::ValuesIn(ProgramNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace rollout::programs
