// SPDX-License-Identifier: Apache-2.0

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/list_samples.h"

namespace rollout::ctl {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr char kFile[] = "rolloutctl/config.yaml";

class ConfigCommandsTest : public ProgramTest {
 protected:
  ConfigCommandsTest() {
    Write(kFile,
          "# Ours.\n"
          "contexts:\n"
          "  production:\n"
          "    controller: rollout.example:7400\n"
          "    tls: {ca: ca.crt, certificate: alice.crt, key: alice.key}\n"
          "  here: {controller: \"" +
              operator_.address() + "\", insecureLoopback: true}\n");
    operator_.SetLists(render::SampleLists());
  }

  std::string Read(const std::string& name) {
    std::ifstream file(Path(name));
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
  }

  FakeOperator operator_;
};

TEST_F(ConfigCommandsTest, UseChoosesTheFleetThatCommandsGoTo) {
  const std::string before = Read(kFile);
  EXPECT_EQ(Run({"config", "current"}).code, 1);
  EXPECT_THAT(Run({"get", "hosts"}).err, HasSubstr("no certificates"));
  Ran ran = Run({"config", "use", "here"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out,
            "here is the current context: " + operator_.address() + "\n");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(Read(kFile), "# Ours.\ncurrent: here\n" + before.substr(8));
  EXPECT_EQ(Run({"config", "current"}).out, "here\n");
  EXPECT_THAT(Run({"get", "hosts"}).out, HasSubstr("web-1"));
}

TEST_F(ConfigCommandsTest, ListMarksTheOneThatCounts) {
  Run({"config", "use", "production"});
  const std::string certificate = Path("rolloutctl/alice.crt");
  EXPECT_EQ(Run({"config", "list"}).out,
            "CURRENT   NAME         CONTROLLER             CERTIFICATE\n"
            "*         production   rollout.example:7400   " +
                certificate +
                "\n"
                "          here         " +
                operator_.address() +
                std::string(23 - operator_.address().size(), ' ') +
                "none, on loopback\n");
  EXPECT_THAT(Run({"config", "list", "--context", "here"}).out,
              HasSubstr("*         here"));
  setenv("ROLLOUT_CONTEXT", "here", 1);
  EXPECT_THAT(Run({"config", "list"}).out, HasSubstr("*         here"));
  EXPECT_EQ(Run({"config", "current"}).out, "here\n");
  EXPECT_EQ(Run({"config", "current", "--context", "production"}).out,
            "production\n");
}

TEST_F(ConfigCommandsTest, UseWarnsOfWhatOverridesIt) {
  setenv("ROLLOUT_CONTROLLER", "other:7400", 1);
  setenv("ROLLOUT_KEY", "other.key", 1);
  Ran ran = Run({"config", "use", "here"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.err,
            "rolloutctl: warning: the environment overrides it with "
            "ROLLOUT_CONTROLLER, ROLLOUT_KEY: unset ROLLOUT_CONTROLLER "
            "ROLLOUT_KEY\n");
}

TEST_F(ConfigCommandsTest, UseKeepsALinkAndTheMode) {
  fs::rename(Path(kFile), Path("shared.yaml"));
  fs::permissions(Path("shared.yaml"), fs::perms(0644));
  fs::create_symlink("../shared.yaml", Path(kFile));
  EXPECT_EQ(Run({"config", "use", "here"}).code, 0);
  EXPECT_TRUE(fs::is_symlink(Path(kFile)));
  EXPECT_THAT(Read("shared.yaml"), HasSubstr("current: here\n"));
  EXPECT_EQ(fs::status(Path("shared.yaml")).permissions(), fs::perms(0644));
}

TEST_F(ConfigCommandsTest, WhatIsNotThereIsNamed) {
  const std::string before = Read(kFile);
  Ran ran = Run({"config", "use", "hear"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("there is no context \"hear\", did you mean "
                                 "here? (there are: production, here)"));
  EXPECT_EQ(Read(kFile), before);
  EXPECT_THAT(Run({"get", "hosts", "--context", "hear"}).err,
              HasSubstr("did you mean here?"));
  EXPECT_THAT(Run({"config", "current", "--context", "hear"}).err,
              HasSubstr("did you mean here?"));
  EXPECT_THAT(Run({"config", "list", "--config", Path("none.yaml")}).err,
              HasSubstr("cannot read " + Path("none.yaml")));
  fs::remove(Path(kFile));
  ran = Run({"config", "list"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.err, "no contexts in " + Path(kFile) + " yet\n");
  EXPECT_EQ(Run({"config", "use", "here"}).err,
            "rolloutctl: " + Path(kFile) +
                ": there is no context \"here\" (there are: none)\n");
  EXPECT_FALSE(fs::exists(Path(kFile)));
}

TEST_F(ConfigCommandsTest, TheFileCanBeNamedByTheEnvironment) {
  fs::rename(Path(kFile), Path("named.yaml"));
  setenv("ROLLOUT_CONFIG", Path("named.yaml").c_str(), 1);
  EXPECT_THAT(Run({"get", "hosts", "--context", "here"}).out,
              HasSubstr("web-1"));
  EXPECT_THAT(Run({"config", "list", "--config", Path("none.yaml")}).err,
              HasSubstr("cannot read"));
}

}  // namespace
}  // namespace rollout::ctl
