// SPDX-License-Identifier: Apache-2.0
//
// Notes by smart HTTP and by SSH.

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/fetch/note_fixture.h"
#include "tests/programs/git_http_server.h"
#include "tests/programs/git_signer.h"
#include "tests/programs/ssh_server.h"

namespace rollout::gitops {
namespace {

using programs::GitHttpServer;
using programs::GitHttpSettings;
using programs::SshServer;
using programs::SshSigner;
using ::testing::HasSubstr;

enum class Transport { kHttps, kSsh };

class NoteTransportTest : public NoteFixture,
                          public ::testing::WithParamInterface<Transport> {
 protected:
  NoteTransportTest() {
    if (GetParam() == Transport::kHttps) {
      ServeByHttps();
    } else {
      ServeBySsh();
    }
  }

  void ServeByHttps() {
    GitHttpSettings settings;
    settings.directory = directory_;
    settings.user = "bot";
    settings.password = "hush";
    settings.tls = true;
    http_ = GitHttpServer::Start(settings).value();
    std::ofstream(directory_ + "/password") << "hush\n";
    note_.set_url(http_->Url());
    Credentials* credentials = note_.mutable_credentials();
    credentials->set_user("bot");
    credentials->set_password_file(directory_ + "/password");
    credentials->set_ca_file(http_->ca_file());
  }

  void ServeBySsh() {
    const SshSigner key = SshSigner::Make(directory_, "deploy").value();
    ssh_ = SshServer::Start({directory_, key.public_key_file(), {"ed25519"}})
               .value();
    note_.set_url(ssh_->Url(repository_->path()));
    Credentials* credentials = note_.mutable_credentials();
    credentials->set_key_file(key.key_file());
    credentials->set_known_hosts_file(ssh_->WriteKnownHosts().value());
  }

  // Run by the other end with each push; "exit 1" refuses it.
  void AddHook(const std::string& lines) {
    const std::string hook = repository_->path() + "/hooks/pre-receive";
    std::filesystem::create_directories(repository_->path() + "/hooks");
    std::ofstream(hook) << "#!/bin/sh\n" << lines << "\n";
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
  }

  std::unique_ptr<GitHttpServer> http_;
  std::unique_ptr<SshServer> ssh_;
};

INSTANTIATE_TEST_SUITE_P(Each, NoteTransportTest,
                         ::testing::Values(Transport::kHttps, Transport::kSsh));

TEST_P(NoteTransportTest, IsThereAndReplacedAndLeavesOthersAlone) {
  absl::Status status = Note("pending", 1);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Shown(), "prod: pending at 1");
  AddLineOfOthers("looked at by Bob");
  status = Note("success", 2);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Shown(), "prod: success at 2\n\nlooked at by Bob");
  // It says so already.
  ASSERT_TRUE(Note("success", 3).ok());
  EXPECT_EQ(CountNotes(), "3");
  // Without the copy, or with one that is damaged.
  std::filesystem::remove_all(note_.repository() + "/objects");
  status = Note("failure", 4);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Shown(), "prod: failure at 4\n\nlooked at by Bob");
  // Somebody has thrown all notes away.
  ASSERT_TRUE(repository_
                  ->Git({"push", "--quiet", repository_->path(),
                         ":refs/notes/rollout-status"})
                  .ok());
  status = Note("pending", 5);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Shown(), "prod: pending at 5");
  EXPECT_EQ(CountNotes(), "1");
}

TEST_P(NoteTransportTest, SomebodyElseWasFaster) {
  ASSERT_TRUE(Note("pending", 1).ok());
  // Between what we have seen and what we push.
  const std::string notes = "refs/notes/rollout-status";
  AddHook(absl::StrCat(
      "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a "
      "GIT_COMMITTER_EMAIL=a\n"
      // The new objects are not to be changed on before they are taken over.
      "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY "
      "GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
      "rm -f hooks/pre-receive\n"
      "git notes --ref=rollout-status append -m 'looked at by Bob' ",
      commit_));
  absl::Status status = Note("success", 2);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("somebody else"));
  status = Note("success", 2);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Shown(), "prod: success at 2\n\nlooked at by Bob");
}

TEST_P(NoteTransportTest, ARepositoryThatIsOnlyForReadingSaysSo) {
  AddHook("exit 1");
  absl::Status status = Note("pending", 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("does not take refs/notes/rollout-status: pre-receive "
                        "hook declined: give the source's credentials"));
  if (GetParam() == Transport::kSsh) return;
  ASSERT_TRUE(repository_
                  ->Git({"--git-dir", repository_->path(), "config",
                         "http.receivepack", "false"})
                  .ok());
  status = Note("pending", 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("the right to push"));
  EXPECT_EQ(Shown(), "");
}

TEST_P(NoteTransportTest, ACopyWithManyLooseObjectsIsMadeAnew) {
  ASSERT_TRUE(Note("pending", 1).ok());
  const std::string folder = note_.repository() + "/objects/17";
  std::filesystem::create_directories(folder);
  for (int i = 0; i < 28; ++i) {
    std::ofstream(absl::StrCat(folder, "/", i)) << "";
  }
  absl::Status status = Note("success", 2);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_FALSE(std::filesystem::exists(folder + "/0"));
  EXPECT_EQ(Shown(), "prod: success at 2");
}

TEST_P(NoteTransportTest, AServerThatIsGoneIsTriedAgain) {
  http_.reset();
  ssh_.reset();
  EXPECT_EQ(Note("pending", 1).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace rollout::gitops
