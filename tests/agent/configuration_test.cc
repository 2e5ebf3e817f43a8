// SPDX-License-Identifier: Apache-2.0

#include "agent/configuration.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;

constexpr char kGood[] = R"(
stateDir: /var/lib/rollout-agent
controller: controller.example:7400
name: web1
address: 192.0.2.7
labels: {role: web}
tls: {ca: /etc/ca.crt, certificate: /etc/web1.crt, key: /etc/web1.key}
)";

class AgentConfigurationTest : public ::testing::Test {
 protected:
  AgentConfigurationTest() : path_(::testing::TempDir() + "/agent.yaml") {}

  absl::StatusOr<AgentCommandLine> Read(const std::string& text,
                                        std::vector<const char*> flags = {}) {
    EXPECT_TRUE(files_.WriteAtomically(path_, text).ok());
    std::vector<const char*> argv = {"rollout-agent", "--config",
                                     path_.c_str()};
    argv.insert(argv.end(), flags.begin(), flags.end());
    return ReadAgentCommandLine(files_, static_cast<int>(argv.size()),
                                argv.data());
  }

  PosixFileSystem files_;
  const std::string path_;
};

TEST_F(AgentConfigurationTest, FlagsOverrideTheFile) {
  auto line = Read(kGood, {"--controller", "127.0.0.1:9", "--label", "zone=b"});
  ASSERT_TRUE(line.ok()) << line.status();
  const AgentConfiguration& configuration = line->configuration;
  EXPECT_EQ(configuration.controller, "127.0.0.1:9");
  EXPECT_EQ(configuration.name, "web1");
  EXPECT_EQ(configuration.labels.at("role"), "web");
  EXPECT_EQ(configuration.labels.at("zone"), "b");
  EXPECT_EQ(configuration.security.tls.key, "/etc/web1.key");
  EXPECT_EQ(configuration.mark_base, 0x52000000u);
}

TEST_F(AgentConfigurationTest, SaysWhereAFileIsWrong) {
  struct Case {
    const char* name;
    std::string text;
    const char* error;
  };
  const Case kCases[] = {
      {"unknown key", absl::StrCat(kGood, "adress: 192.0.2.8\n"),
       "agent.yaml:8:1"},
      {"missing key", "stateDir: /var/lib/rollout-agent\naddress: a\n",
       "controller"},
      {"relative state directory",
       "stateDir: state\ncontroller: 127.0.0.1:1\naddress: a\n",
       "no absolute path"},
      {"controller without a port",
       "stateDir: /s\ncontroller: example\naddress: a\n", "controller"},
      {"empty file", "", "holds 0 documents"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto line = Read(c.text);
    EXPECT_EQ(line.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(line.status().message()), HasSubstr(c.error));
  }
}

TEST_F(AgentConfigurationTest, SaysWhichFlagIsWrong) {
  EXPECT_THAT(std::string(Read(kGood, {"--label", "zone"}).status().message()),
              HasSubstr("--label zone: write NAME=VALUE"));
  EXPECT_FALSE(Read(kGood, {"--no-such-flag"}).ok());
}

}  // namespace
}  // namespace rollout
