// SPDX-License-Identifier: Apache-2.0
//
// What a shell is told of how a command line may go on.

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/list_samples.h"

namespace rollout::ctl {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// A loopback address that lets itself be dialled and says nothing.
class SilentAddress {
 public:
  SilentAddress()
      : socket_(
            socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(listen(socket_.get(), 16), 0);
    EXPECT_EQ(getsockname(socket_.get(), generic, &size), 0);
    text_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }

  // "127.0.0.1:PORT".
  const std::string& text() const { return text_; }

  // How often it was dialled since the last time.
  int Dialled() {
    int count = 0;
    while (UniqueFd(accept(socket_.get(), nullptr, nullptr)).valid()) ++count;
    return count;
  }

 private:
  UniqueFd socket_;
  std::string text_;
};

class CompletionTest : public ProgramTest {
 protected:
  CompletionTest() {
    operator_.SetLists(render::SampleLists());
    Write("rolloutctl/config.yaml",
          absl::StrCat("current: here\n"
                       "contexts:\n"
                       "  here: {controller: \"",
                       operator_.address(), "\", insecureLoopback: true}\n",
                       "  gone: {controller: \"", refusing_.text(),
                       "\", insecureLoopback: true}\n"));
  }

  // The lines for the words, of which the last is under the cursor.
  std::vector<std::string> Lines(std::vector<std::string> words) {
    words.insert(words.begin(), {"__complete", "--"});
    Ran ran = Run(std::move(words));
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.err, "");
    return absl::StrSplit(ran.out, '\n', absl::SkipEmpty());
  }

  // Without what each is.
  std::vector<std::string> Words(std::vector<std::string> words) {
    std::vector<std::string> lines = Lines(std::move(words));
    for (std::string& line : lines) line = line.substr(0, line.find('\t'));
    return lines;
  }

  FakeOperator operator_;
  RefusingAddress refusing_;
};

TEST_F(CompletionTest, CommandsFlagsAndTheirValues) {
  EXPECT_THAT(Words({"un"}), ElementsAre("undo", "uncordon", "unfreeze"));
  EXPECT_THAT(Words({"help", "unf"}), ElementsAre("unfreeze"));
  EXPECT_THAT(Words({"pki", ""}), ElementsAre("init", "issue"));
  EXPECT_THAT(Lines({"ver"}),
              ElementsAre("version\tPrint rolloutctl's version"));
  EXPECT_THAT(Words({"events", "--w"}), ElementsAre("--warnings"));
  EXPECT_THAT(Words({"events", "-"}), Contains("--context"));
  EXPECT_THAT(Words({"events", "--limit", "3", "--li"}), IsEmpty());
  EXPECT_THAT(Words({"get", "ho"}), ElementsAre("hosts"));
  EXPECT_THAT(Words({"get", "-o", "y"}), ElementsAre("yaml"));
  EXPECT_THAT(Words({"status", "web", "--output="}),
              ElementsAre("--output=table", "--output=json", "--output=yaml"));
  EXPECT_THAT(Words({"get", "-on"}), ElementsAre("-oname"));
  EXPECT_THAT(Words({"apply", "--dry-run", ""}),
              ElementsAre("client", "server"));
  EXPECT_THAT(Words({"pki", "issue", ""}),
              ElementsAre("controller", "host", "operator"));
  EXPECT_THAT(Words({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(Words({}), Contains("status"));
}

TEST_F(CompletionTest, FilesAreLeftToTheShell) {
  EXPECT_THAT(Words({"apply", "-f", "we"}), ElementsAre(":files"));
  EXPECT_THAT(Words({"apply", "-f", "a.yaml", "--filename=we"}),
              ElementsAre(":files"));
  EXPECT_THAT(Words({"lint", "a.yaml", ""}), ElementsAre(":files"));
  EXPECT_THAT(Words({"adopt", "--plan", ""}), ElementsAre(":files"));
  EXPECT_THAT(Words({"get", "hosts", "--ca", ""}), ElementsAre(":files"));
  EXPECT_THAT(Words({"--config", ""}), ElementsAre(":files"));
  EXPECT_THAT(Words({"pki", "init", "--dir", ""}), ElementsAre(":directories"));
}

TEST_F(CompletionTest, NamesComeFromTheControllerThatIsMeant) {
  EXPECT_THAT(Lines({"status", "w"}), ElementsAre("web\tProgressing"));
  EXPECT_THAT(Words({"status", ""}), ElementsAre("web", "new"));
  EXPECT_THAT(Words({"status", "web", ""}), IsEmpty());
  EXPECT_THAT(Lines({"cordon", "web-1"}), ElementsAre("web-1\t127.0.1.1"));
  EXPECT_THAT(Words({"events", "web", "--host", ""}),
              ElementsAre("web-1", "web-2"));
  EXPECT_THAT(Words({"get", "hosts", ""}), ElementsAre("web-1", "web-2"));
  EXPECT_THAT(Words({"get", "swaps", ""}), ElementsAre("web", "new"));
  EXPECT_THAT(Words({"get", "freezes", ""}), IsEmpty());
  EXPECT_THAT(Words({"get", "sources", ""}), ElementsAre("prod", "test"));
  EXPECT_THAT(Lines({"sync", "p"}), ElementsAre("prod\tOutOfSync"));
  EXPECT_THAT(Words({"describe", "swap", "web/3"}), ElementsAre("web/3"));
  EXPECT_THAT(Words({"logs", "web-1", ""}), ElementsAre("web", "new"));
  EXPECT_THAT(Lines({"undo", "web", "--to-revision", "2"}),
              ElementsAre("2\t3f2a91c0de file:///srv/site-2.tar.gz"));
  EXPECT_EQ(operator_.calls().back(),
            R"(List {"kind":"REVISIONS","plan":"web"})");
  EXPECT_THAT(Words({"proxy", "web-1", "web", "--revision=7"}),
              ElementsAre("--revision=77aa01bb2c"));
  const size_t calls = operator_.calls().size();
  EXPECT_THAT(Words({"undo", "--to-revision", ""}), IsEmpty());
  EXPECT_THAT(Words({"events", "--user", ""}), IsEmpty());
  EXPECT_EQ(operator_.calls().size(), calls);
}

TEST_F(CompletionTest, WhatTheLineAndTheEnvironmentSayCounts) {
  EXPECT_THAT(Words({"--context", ""}), ElementsAre("here", "gone"));
  EXPECT_THAT(Words({"config", "use", "g"}), ElementsAre("gone"));
  EXPECT_THAT(Words({"--context", "gone", "status", ""}), IsEmpty());
  EXPECT_THAT(Words({"status", "--context=gone", ""}), IsEmpty());
  EXPECT_THAT(Words({"--context", "gone", "status", "--controller",
                     operator_.address(), ""}),
              ElementsAre("web", "new"));
  Write("other.yaml", absl::StrCat("contexts: {there: {controller: \"",
                                   operator_.address(), "\"}}"));
  EXPECT_THAT(Words({"--config", Path("other.yaml"), "--context", ""}),
              ElementsAre("there"));
  setenv("HOME", top_.c_str(), 1);
  EXPECT_THAT(Words({"--config=~/other.yaml", "--context", ""}),
              ElementsAre("there"));
  setenv("ROLLOUT_CONFIG", Path("other.yaml").c_str(), 1);
  EXPECT_THAT(Words({"--context", ""}), ElementsAre("there"));
  EXPECT_THAT(Words({"--context", "there", "status", ""}), IsEmpty());
  EXPECT_THAT(
      Words({"--context", "there", "status", "--insecure-loopback", ""}),
      ElementsAre("web", "new"));
}

TEST_F(CompletionTest, WhatIsNoCommandLineCompletesToNothing) {
  EXPECT_THAT(Words({"aply", "--bad", "x", ""}), Not(Contains("web")));
  EXPECT_THAT(Words({"status", "--", "-"}), IsEmpty());
  EXPECT_THAT(Words({"-o"}), IsEmpty());
  EXPECT_THAT(Words({"status", "-wo", "j"}), ElementsAre("json"));
  EXPECT_THAT(Words({"[a,b]", "{}", "=", "--=", "-"}), Not(IsEmpty()));
  Write("rolloutctl/config.yaml", "contexts: [");
  EXPECT_THAT(Words({"--context", ""}), IsEmpty());
  EXPECT_THAT(Words({"status", ""}), IsEmpty());
}

TEST_F(CompletionTest, ATerminalIsNotGivenControlCharacters) {
  v1::ListResponse lists;
  lists.add_plans()->mutable_plan()->set_name("a\x1b[2J\nb");
  operator_.SetLists(lists);
  EXPECT_THAT(Lines({"status", ""}),
              ElementsAre(Not(::testing::HasSubstr("\x1b"))));
}

// Which a command would be told, after seconds.
TEST_F(CompletionTest, NobodyFindsOutWhyAControllerIsSilent) {
  SilentAddress silent;
  EXPECT_THAT(Words({"status", "--controller", silent.text(), ""}), IsEmpty());
  EXPECT_EQ(silent.Dialled(), 1);
}

TEST_F(CompletionTest, EachShellHasAScript) {
  EXPECT_THAT(Run({"completion", "zsh"}).out,
              StartsWith("#compdef rolloutctl"));
  Ran ran = Run({"completion", "csh"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err,
            "rolloutctl: there is no completion for \"csh\" (there is: bash, "
            "zsh, fish)\n");
}

}  // namespace
}  // namespace rollout::ctl
