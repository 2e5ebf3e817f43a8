// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/commit_signature.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/fetch/fetch_fixture.h"
#include "tests/programs/git_signer.h"

namespace rollout::gitops {
namespace {

using programs::OpenPgpSigner;
using programs::SshSigner;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CommitSignatureTest : public FetchFixture {
 protected:
  // A file that holds this, as one of the source's keys.
  void AddKey(const std::string& content) {
    std::string path =
        absl::StrCat(directory_, "/key-", request_.verify().key_files_size());
    std::ofstream(path, std::ios::binary) << content;
    request_.mutable_verify()->add_key_files(path);
  }

  // The signer, or the problem. A refused commit has no files.
  std::string Judged() {
    absl::StatusOr<FetchResult> result = Fetch();
    if (!result.ok()) return result.status().ToString();
    EXPECT_EQ(result->files_size(), result->signer().empty() ? 0 : 1);
    return result->signer().empty() ? ProblemOf(*result, "") : result->signer();
  }

  // Another commit with the signature of this one.
  void Tamper() {
    std::string raw = repository_->Git({"cat-file", "commit", "HEAD"}).value();
    const std::string file = repository_->work_tree() + "/../tampered";
    std::ofstream(file) << absl::StrReplaceAll(raw, {{"honest", "wicked"}})
                        << "\n";
    std::string commit =
        repository_->Git({"hash-object", "-t", "commit", "-w", file}).value();
    ASSERT_TRUE(repository_->Git({"reset", "--quiet", commit}).ok());
    ASSERT_TRUE(repository_->Push().ok());
  }
};

TEST_F(CommitSignatureTest, TakesAnOpenPgpSignature) {
  auto ann = OpenPgpSigner::Make("Ann Author <ann@example.com>").value();
  auto bob = OpenPgpSigner::Make("Bob <bob@example.com>").value();
  ASSERT_TRUE(ann->SignFor(repository_.get()).ok());
  Push({{"a.yaml", "1"}}, "honest");
  const std::string signer =
      absl::StrCat("Ann Author <ann@example.com> (", ann->fingerprint(), ")");
  struct Case {
    const char* keys;
    std::string content;
  } cases[] = {
      {"armored", ann->ArmoredKey().value()},
      {"two blocks",
       bob->ArmoredKey().value() + "\nand\n" + ann->ArmoredKey().value()},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.keys);
    request_.clear_verify();
    AddKey(one.content);
    EXPECT_EQ(Judged(), signer);
  }
  request_.clear_verify();
  ASSERT_TRUE(ann->WriteBinaryKey(directory_ + "/binary").ok());
  request_.mutable_verify()->add_key_files(directory_ + "/binary");
  AddKey(bob->ArmoredKey().value());
  EXPECT_EQ(Judged(), signer);

  Tamper();
  EXPECT_THAT(Judged(), HasSubstr("is not what was signed"));
}

TEST_F(CommitSignatureTest, RefusesForeignAndUnsigned) {
  auto ann = OpenPgpSigner::Make("Ann <ann@example.com>").value();
  auto bob = OpenPgpSigner::Make("Bob <bob@example.com>").value();
  AddKey(ann->ArmoredKey().value());
  Push({{"a.yaml", "1"}});
  EXPECT_THAT(Judged(), StartsWith("the commit is not signed: sign it with"));
  ASSERT_TRUE(bob->SignFor(repository_.get()).ok());
  Push({{"a.yaml", "2"}});
  EXPECT_THAT(Judged(), HasSubstr("which is none of the source's"));
  ASSERT_TRUE(ann->SignFor(repository_.get()).ok());
  Push({{"a.yaml", "3"}});
  EXPECT_THAT(Judged(), StartsWith("Ann <ann@example.com> ("));
}

TEST_F(CommitSignatureTest, RefusesExpiredAndRevokedKeys) {
  auto old =
      OpenPgpSigner::Make("Old <old@example.com>", "20200101T000000").value();
  AddKey(old->ArmoredKey().value());
  ASSERT_TRUE(old->SignFor(repository_.get()).ok());
  Push({{"a.yaml", "1"}});
  EXPECT_THAT(Judged(), HasSubstr("which has expired"));

  auto ann = OpenPgpSigner::Make("Ann <ann@example.com>").value();
  ASSERT_TRUE(ann->SignFor(repository_.get()).ok());
  Push({{"a.yaml", "2"}});
  absl::Status revoked = ann->Revoke();
  ASSERT_TRUE(revoked.ok()) << revoked;
  request_.clear_verify();
  AddKey(ann->ArmoredKey().value());
  EXPECT_THAT(Judged(), HasSubstr("which was revoked"));
}

TEST_F(CommitSignatureTest, TakesAnSshSignature) {
  for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
    SCOPED_TRACE(type);
    auto ann = SshSigner::Make(directory_, type, type).value();
    ASSERT_TRUE(ann.SignFor(repository_.get()).ok());
    request_.clear_verify();
    AddKey("# people\n\n" + files_.Read(ann.public_key_file()).value());
    Push({{"a.yaml", type}}, "honest");
    EXPECT_EQ(Judged(),
              absl::StrCat(type, "@example (", ann.Fingerprint().value(), ")"));
  }
  Tamper();
  EXPECT_THAT(Judged(), HasSubstr("none of the source's keys has made"));
}

TEST_F(CommitSignatureTest, RefusesAForeignSshKey) {
  auto ann = SshSigner::Make(directory_, "ann").value();
  auto bob = SshSigner::Make(directory_, "bob").value();
  ASSERT_TRUE(bob.SignFor(repository_.get()).ok());
  Push({{"a.yaml", "1"}});
  AddKey(files_.Read(ann.public_key_file()).value());
  EXPECT_THAT(Judged(), HasSubstr("none of the source's keys has made"));
  AddKey(files_.Read(bob.public_key_file()).value());
  EXPECT_THAT(Judged(), StartsWith("bob@example (SHA256:"));
}

// The signature of a file, put into a commit.
TEST_F(CommitSignatureTest, RefusesAnSshSignatureForSomethingElse) {
  auto ann = SshSigner::Make(directory_, "ann").value();
  AddKey(files_.Read(ann.public_key_file()).value());
  const std::string program = directory_ + "/sign";
  std::ofstream(program)
      << "#!/bin/sh\n"
      << "exec /usr/bin/ssh-keygen $(echo \"$@\" | sed 's/-n git/-n file/')\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  ASSERT_TRUE(ann.SignFor(repository_.get()).ok());
  ASSERT_TRUE(repository_->Git({"config", "gpg.ssh.program", program}).ok());
  Push({{"a.yaml", "1"}});
  EXPECT_THAT(Judged(), HasSubstr("none of the source's keys has made"));
}

TEST_F(CommitSignatureTest, SaysWhatIsWrongWithAKeyFile) {
  auto ann = SshSigner::Make(directory_, "ann").value();
  Push({{"a.yaml", "1"}});
  const std::string begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n";
  struct Case {
    const char* what;
    std::string content;
    const char* message;
  } cases[] = {
      {"empty", "", "there is no key in it"},
      {"binary", std::string("\x00\x01", 2), "neither text nor a public key"},
      {"text", "hello\n", "does not begin with a key's type"},
      {"options", "no-pty ssh-ed25519 AAAA\n", "does not begin with a key's"},
      {"private", files_.Read(ann.key_file()).value(), "does not begin with"},
      {"cut", begin + "AAAA", "has no end"},
      {"no key", begin + "AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
       "is damaged"},
      {"no base64", begin + "!\n-----END PGP PUBLIC KEY BLOCK-----\n",
       "is damaged"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    request_.clear_verify();
    AddKey(one.content);
    absl::Status status = Fetch().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.message));
  }
  request_.clear_verify();
  request_.mutable_verify()->add_key_files("/nonexistent");
  EXPECT_THAT(Judged(), HasSubstr("cannot read /nonexistent"));
}

}  // namespace
}  // namespace rollout::gitops
