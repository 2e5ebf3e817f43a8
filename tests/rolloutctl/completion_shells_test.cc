// SPDX-License-Identifier: Apache-2.0
//
// The scripts of `rolloutctl completion`, in the shells they are for.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/subprocess.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/list_samples.h"
#include "tests/rolloutctl/typed_shell.h"

namespace rollout::ctl {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What is typed before the tabulator, and the arguments rolloutctl gets.
struct Case {
  const char* typed;
  const char* arguments;
};
constexpr Case kCases[] = {
    {"rolloutctl unf", "[unfreeze]"},
    {"rolloutctl status w", "[status] [web]"},
    {"rolloutctl status web --out", "[status] [web] [--output]"},
    {"rolloutctl status web --output=j", "[status] [web] [--output=json]"},
    {"rolloutctl --context th status n", "[--context] [th] [status] [n]"},
    {"rolloutctl --context there status n",
     "[--context] [there] [status] [new]"},
    {"rolloutctl cordon -m 'a b' web-2", "[cordon] [-m] [a b] [web-2]"},
    {"rolloutctl apply -f wor", "[apply] [-f] [work.yaml]"},
    {"rolloutctl apply --filename=./wor", "[apply] [--filename=./work.yaml]"},
    {"X=1 rolloutctl pki init --dir keys/de",
     "[pki] [init] [--dir] [keys/deep"},
    {"true | rolloutctl describe swap web/3", "[describe] [swap] [web/3]"},
};

class CompletionShellsTest : public ProgramTest {
 protected:
  CompletionShellsTest() {
    operator_.SetLists(render::SampleLists());
    Write("contexts.yaml",
          absl::StrCat("current: there\n"
                       "contexts: {there: {controller: \"",
                       operator_.address(), "\", insecureLoopback: true}}"));
    Write("work.yaml", "");
    Write("keys/deep/ca.crt", "");
    // Completes like the real one, and else shows what it was given.
    Write("bin/rolloutctl",
          absl::StrCat("#!/bin/sh\n"
                       "[ \"$1\" = __complete ] && exec ",
                       fs::absolute("rolloutctl/rolloutctl").string(),
                       " \"$@\"\n"
                       "printf 'ran'; printf ' [%s]' \"$@\"; echo\n"));
    fs::permissions(Path("bin/rolloutctl"), fs::perms(0755));
    for (const char* shell : {"bash", "zsh", "fish"}) {
      Write(std::string("script.") + shell, Run({"completion", shell}).out);
    }
  }

  std::vector<std::string> Environment() const {
    return {absl::StrCat("PATH=", Path("bin"), ":/usr/bin:/bin"),
            absl::StrCat("HOME=", top_), "TERM=dumb", "LC_ALL=C.UTF-8",
            absl::StrCat("ROLLOUT_CONFIG=", Path("contexts.yaml"))};
  }

  // Types all cases into the shell, once `setup` has been.
  void ExpectCompletes(const std::vector<std::string>& shell,
                       const std::string& setup) {
    std::string keys = absl::StrCat("cd ", top_, "; ", setup, "\n");
    for (const Case& c : kCases) absl::StrAppend(&keys, c.typed, "\t\n");
    const std::string shown =
        TypeInto(shell, Environment(), absl::StrCat(keys, "exit\n"));
    for (const Case& c : kCases) {
      EXPECT_THAT(shown, HasSubstr(absl::StrCat("\nran ", c.arguments)))
          << c.typed;
    }
  }

  // What fish would offer.
  std::vector<std::string> FishOffers(const std::string& typed) {
    Command command;
    command.arguments = {
        "/usr/bin/fish", "--no-config", "-c",
        absl::StrCat("cd ", top_, "; source script.fish; complete -C \"", typed,
                     "\"")};
    command.environment = Environment();
    auto result = RunCommand(command);
    EXPECT_TRUE(result.ok()) << result.status();
    return absl::StrSplit(result->output, '\n', absl::SkipEmpty());
  }

  FakeOperator operator_;
};

TEST_F(CompletionShellsTest, Bash) {
  ExpectCompletes({"bash", "--norc", "--noprofile", "-i"},
                  "source script.bash");
}

TEST_F(CompletionShellsTest, Zsh) {
  ExpectCompletes({"zsh", "-f", "-i"},
                  "autoload -U compinit; compinit -D -u; source script.zsh");
}

TEST_F(CompletionShellsTest, Fish) {
  EXPECT_THAT(FishOffers("rolloutctl unf"),
              ElementsAre("unfreeze\tEnd a freeze, or let one rollout go on in "
                          "spite of it"));
  EXPECT_THAT(FishOffers("rolloutctl status w"),
              ElementsAre("web\tProgressing"));
  EXPECT_THAT(FishOffers("rolloutctl status web --output=j"),
              ElementsAre("--output=json"));
  EXPECT_THAT(FishOffers("rolloutctl cordon -m 'a b' web-2"),
              ElementsAre("web-2\t127.0.1.2"));
  EXPECT_THAT(FishOffers("rolloutctl apply -f wor"), ElementsAre("work.yaml"));
  EXPECT_THAT(FishOffers("rolloutctl apply --filename=./wor"),
              ElementsAre("--filename=./work.yaml"));
  EXPECT_THAT(FishOffers("rolloutctl pki init --dir keys/de"),
              ElementsAre("keys/deep/"));
  EXPECT_THAT(FishOffers("rolloutctl events --user "), ElementsAre());
}

}  // namespace
}  // namespace rollout::ctl
