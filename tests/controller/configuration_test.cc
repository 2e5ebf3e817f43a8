// SPDX-License-Identifier: Apache-2.0

#include "controller/configuration.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "base/version.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;

class ConfigurationTest : public testing::Test {
 protected:
  // Reads a file with this content, below these flags.
  absl::StatusOr<ControllerCommandLine> Read(const std::string& content,
                                             std::vector<const char*> flags) {
    std::ofstream(path_) << content;
    std::vector<const char*> arguments = {"rollout-controller", "--config",
                                          path_.c_str()};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return ReadControllerCommandLine(files_, static_cast<int>(arguments.size()),
                                     arguments.data());
  }

  const std::string path_ = absl::StrCat(testing::TempDir(), "/c.yaml");
  PosixFileSystem files_;
};

TEST_F(ConfigurationTest, ReadsEveryKey) {
  auto line = Read(R"(
dataDir: /var/lib/x
listen: 127.0.0.1:0
httpListen: "[::1]:8081"
tls: {ca: /a, certificate: /b, key: /c}
insecureLoopback: false
maxHostsInChange: 20
)",
                   {});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->configuration.data_directory, "/var/lib/x");
  EXPECT_EQ(ToString(line->configuration.listen), "127.0.0.1:0");
  EXPECT_EQ(ToString(line->configuration.http_listen), "[::1]:8081");
  EXPECT_EQ(line->configuration.security.tls.ca, "/a");
  EXPECT_EQ(line->configuration.security.tls.certificate, "/b");
  EXPECT_EQ(line->configuration.security.tls.key, "/c");
  EXPECT_EQ(line->configuration.max_hosts_in_change, 20);
}

TEST_F(ConfigurationTest, FlagsOverrideTheFile) {
  auto line =
      Read("dataDir: /file\nlisten: 127.0.0.1:1\ntls: {ca: /a}\n",
           {"--data-dir=/flag", "--listen", "127.0.0.1:2", "--http-listen",
            "127.0.0.1:3", "--ca=/x", "--certificate=/y", "--key=/z",
            "--insecure-loopback", "--max-hosts-in-change=3"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->configuration.data_directory, "/flag");
  EXPECT_EQ(line->configuration.listen.port, 2);
  EXPECT_EQ(line->configuration.http_listen.port, 3);
  EXPECT_EQ(line->configuration.security.tls.ca, "/x");
  EXPECT_EQ(line->configuration.security.tls.key, "/z");
  EXPECT_TRUE(line->configuration.security.insecure_loopback);
  EXPECT_EQ(line->configuration.max_hosts_in_change, 3);
}

TEST_F(ConfigurationTest, DefaultsToTheUsualPorts) {
  auto line = Read("", {"--data-dir=/d"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(ToString(line->configuration.listen), "0.0.0.0:7400");
  EXPECT_EQ(ToString(line->configuration.http_listen), "127.0.0.1:7401");
  EXPECT_FALSE(line->configuration.security.insecure_loopback);
}

TEST_F(ConfigurationTest, NamesThePlaceOfWhatIsWrong) {
  struct Case {
    const char* content;
    const char* flag;
    const char* error;
  };
  const Case kCases[] = {
      {"dataDir: /d\nlistn: x\n", "",
       "c.yaml:2:1: unknown key \"listn\": did you mean \"listen\"?"},
      {"dataDir: /d\nlisten: 7400\n", "", "c.yaml:2:9: listen: \"7400\""},
      {"dataDir: /d\ntls: {cert: /x}\n", "", "c.yaml:2:7: unknown key"},
      {"dataDir: [x]\n", "", "c.yaml:1:10: dataDir: expected text"},
      {"dataDir: /d\n---\nlisten: x:1\n", "", "c.yaml:3:1: a second document"},
      {"listen: \"x:1\"\n", "", "dataDir is not set"},
      {"dataDir: d\n", "", "dataDir \"d\" is not an absolute path"},
      {"dataDir: /d\n", "--listen=x", "--listen: \"x\" is not an address"},
      {"dataDir: /d\n", "--nonsense=x", "see --help"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.content);
    std::vector<const char*> flags;
    if (*c.flag != '\0') flags.push_back(c.flag);
    auto line = Read(c.content, flags);
    EXPECT_EQ(line.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(line.status().message()), HasSubstr(c.error));
  }
}

TEST_F(ConfigurationTest, SaysThatTheFileIsNotThere) {
  const char* arguments[] = {"rollout-controller", "--config", "/no/such"};
  auto line = ReadControllerCommandLine(files_, 3, arguments);
  EXPECT_EQ(line.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(line.status().message()), HasSubstr("/no/such"));
}

TEST_F(ConfigurationTest, PrintsItsVersion) {
  const char* arguments[] = {"rollout-controller", "--version"};
  auto line = ReadControllerCommandLine(files_, 2, arguments);
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->text, absl::StrCat("rollout-controller ", kVersion, "\n"));
}

}  // namespace
}  // namespace rollout
