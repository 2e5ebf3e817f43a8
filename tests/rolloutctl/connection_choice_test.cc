// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/connection_choice.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;

constexpr char kFile[] = R"(
current: two
contexts:
  one: {controller: "one:1", tls: {ca: /1/ca, certificate: /1/crt, key: /1/key}}
  two: {controller: "two:2", tls: {ca: /2/ca, certificate: /2/crt, key: /2/key}}
  here: {controller: "127.0.0.1:3", insecureLoopback: true}
  bare: {controller: "bare:4"}
)";

class ConnectionChoiceTest : public ::testing::Test {
 protected:
  ConnectionChoiceTest() {
    std::string pattern = ::testing::TempDir() + "/choice.XXXXXX";
    top_ = mkdtemp(pattern.data());
    flags_.config = Write(kFile);
    setenv("XDG_CONFIG_HOME", top_.c_str(), /*overwrite=*/1);
  }
  ~ConnectionChoiceTest() override { std::filesystem::remove_all(top_); }

  std::string Write(const std::string& text) {
    std::ofstream(top_ + "/contexts.yaml") << text;
    return top_ + "/contexts.yaml";
  }

  // "CONTROLLER CA CERTIFICATE KEY", "CONTROLLER plaintext", or the error.
  std::string Choice() {
    auto chosen = ChooseConnection(files_, flags_);
    if (!chosen.ok()) return std::string(chosen.status().message());
    return chosen->insecure_loopback && !chosen->has_any_file()
               ? absl::StrCat(chosen->controller, " plaintext")
               : absl::StrCat(chosen->controller, " ", chosen->ca, " ",
                              chosen->certificate, " ", chosen->key);
  }

  PosixFileSystem files_;
  std::string top_;
  ConnectionFlags flags_;
};

TEST_F(ConnectionChoiceTest, TheStrongestCounts) {
  EXPECT_EQ(Choice(), "two:2 /2/ca /2/crt /2/key");
  flags_.environment_context = "one";
  EXPECT_EQ(Choice(), "one:1 /1/ca /1/crt /1/key");
  flags_.environment = {"env:5", "", "/e/crt", "/e/key"};
  EXPECT_EQ(Choice(), "env:5 /1/ca /e/crt /e/key");
  flags_.context = "two";
  EXPECT_EQ(Choice(), "two:2 /2/ca /2/crt /2/key");
  flags_.ca = "/f/ca";
  EXPECT_EQ(Choice(), "two:2 /f/ca /2/crt /2/key");
  flags_.controller = "flag:6";
  EXPECT_EQ(Choice(), "flag:6 /f/ca /2/crt /2/key");
  flags_.context = "bare";
  EXPECT_EQ(Choice(), "flag:6 /f/ca /e/crt /e/key");
}

TEST_F(ConnectionChoiceTest, PlaintextAndCertificatesAreNotMixed) {
  flags_.insecure_loopback = true;
  EXPECT_EQ(Choice(), "two:2 plaintext");
  flags_.insecure_loopback = false;
  flags_.environment_context = "here";
  EXPECT_EQ(Choice(), "127.0.0.1:3 plaintext");
  flags_.environment.ca = "/e/ca";
  EXPECT_EQ(Choice(), "127.0.0.1:3 /e/ca  ");
  flags_.context = "here";
  EXPECT_EQ(Choice(), "127.0.0.1:3 plaintext");
}

TEST_F(ConnectionChoiceTest, WithoutAFileThereIsADefault) {
  flags_.config = "";
  flags_.insecure_loopback = true;
  EXPECT_EQ(Choice(), "127.0.0.1:7400 plaintext");
  flags_.insecure_loopback = false;
  EXPECT_THAT(Choice(), HasSubstr("give --ca, --certificate and --key"));
  flags_.context = "one";
  EXPECT_THAT(Choice(), HasSubstr(top_ + "/rolloutctl/config.yaml: there is no "
                                         "context \"one\""));
}

TEST_F(ConnectionChoiceTest, TheDefaultFileIsBelowTheHome) {
  flags_.config = "";
  std::filesystem::create_directories(top_ + "/.config/rolloutctl");
  std::filesystem::copy(Write(kFile), top_ + "/.config/rolloutctl/config.yaml");
  // A relative one is as good as none.
  setenv("XDG_CONFIG_HOME", "config", /*overwrite=*/1);
  setenv("HOME", top_.c_str(), /*overwrite=*/1);
  EXPECT_EQ(Choice(), "two:2 /2/ca /2/crt /2/key");
  unsetenv("HOME");
  EXPECT_THAT(Choice(), HasSubstr("no certificates to reach the controller"));
  flags_.context = "one";
  EXPECT_THAT(Choice(), HasSubstr("~/.config/rolloutctl/config.yaml: there is "
                                  "no context \"one\""));
}

TEST_F(ConnectionChoiceTest, AFileThatWasNamedMustBeThere) {
  flags_.config = top_ + "/other.yaml";
  EXPECT_THAT(Choice(), HasSubstr("cannot read " + flags_.config));
}

TEST_F(ConnectionChoiceTest, ABrokenFileStopsNobodyWhoNeedsNone) {
  Write("contexts: {");
  EXPECT_THAT(Choice(), HasSubstr("contexts.yaml:1:"));
  flags_.environment = {"env:5", "/e/ca", "/e/crt", ""};
  EXPECT_THAT(Choice(), HasSubstr("contexts.yaml:1:"));
  flags_.key = "/f/key";
  EXPECT_EQ(Choice(), "env:5 /e/ca /e/crt /f/key");
  flags_.environment_context = "one";
  EXPECT_THAT(Choice(), HasSubstr("contexts.yaml:1:"));
}

TEST_F(ConnectionChoiceTest, PathsBecomeAbsolute) {
  ASSERT_EQ(chdir(top_.c_str()), 0);
  flags_.config = "contexts.yaml";
  flags_.key = "key";
  EXPECT_EQ(Choice(), "two:2 /2/ca /2/crt " +
                          std::filesystem::canonical(top_).string() + "/key");
  std::filesystem::remove_all(top_);
  EXPECT_THAT(Choice(), HasSubstr("cannot find contexts.yaml: "));
}

}  // namespace
}  // namespace rollout::ctl
