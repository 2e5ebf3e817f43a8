// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/disk_artifact_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "agent/artifact/sealed_tree.h"
#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/artifact/artifact_server.h"
#include "tests/agent/artifact/tar_builder.h"

namespace rollout::artifact {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::StatusCode kInvalidArgument =
    absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

const char kScript[] = "#!/bin/sh\nexit 0\n";

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int ModeOf(const fs::path& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : -1;
}

class DiskArtifactStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(RemoveTree(scratch_.string()).ok());
    fs::create_directories(scratch_);
    Open();
  }

  void Open(const PrepareSettings& settings = {}) {
    store_.reset();
    auto store =
        DiskArtifactStore::Open((scratch_ / "store").string(), settings);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  // A file:// URL of a file with this content.
  std::string FileUrl(const std::string& content,
                      const std::string& name = "artifact") {
    std::ofstream(scratch_ / name, std::ios::binary) << content;
    return absl::StrCat("file://", (scratch_ / name).string());
  }

  static v1::Artifact Program(const std::string& url,
                              const std::string& content) {
    v1::Artifact artifact;
    artifact.set_url(url);
    artifact.set_sha256(Sha256Of(content));
    artifact.set_format(v1::Artifact::EXECUTABLE);
    return artifact;
  }

  static v1::Artifact Archive(const std::string& url,
                              const std::string& content) {
    v1::Artifact artifact = Program(url, content);
    artifact.set_format(v1::Artifact::TAR);
    return artifact;
  }

  std::vector<std::string> Stored() const { return List("sha256"); }
  std::vector<std::string> Incoming() const { return List("incoming"); }

  const fs::path scratch_ =
      fs::path(::testing::TempDir()) / "disk_artifact_store_test";
  std::unique_ptr<DiskArtifactStore> store_;

 private:
  std::vector<std::string> List(const char* directory) const {
    std::vector<std::string> names;
    for (const auto& entry :
         fs::directory_iterator(scratch_ / "store" / directory)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
};

TEST_F(DiskArtifactStoreTest, KeepsAProgramReadOnlyUnderItsDigest) {
  auto path = store_->Fetch(Program(FileUrl(kScript), kScript));
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(*path, absl::StrCat((scratch_ / "store/sha256/").string(),
                                Sha256Of(kScript), "/program"));
  EXPECT_EQ(ReadFile(*path), kScript);
  EXPECT_EQ(ModeOf(*path), 0555);
  EXPECT_THAT(Incoming(), IsEmpty());
}

TEST_F(DiskArtifactStoreTest, UnpacksAnArchiveReadOnly) {
  std::string tar = TarBuilder(Compression::kGzip)
                        .File("bin/server", kScript, 04755)
                        .File("page", "hello", 0600)
                        .Build();
  auto path = store_->Fetch(Archive(FileUrl(tar), tar));
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(fs::path(*path).filename(), "files");
  EXPECT_EQ(ReadFile(fs::path(*path) / "page"), "hello");
  EXPECT_EQ(ModeOf(*path), 0555);
  EXPECT_EQ(ModeOf(fs::path(*path) / "bin"), 0555);
  EXPECT_EQ(ModeOf(fs::path(*path) / "bin/server"), 0555);
  EXPECT_EQ(ModeOf(fs::path(*path) / "page"), 0444);
  EXPECT_THAT(Incoming(), IsEmpty());
}

TEST_F(DiskArtifactStoreTest, LetsEverybodyInWhateverTheUmask) {
  mode_t before = umask(0077);
  ASSERT_TRUE(RemoveTree((scratch_ / "store").string()).ok());
  Open();
  std::string tar = TarBuilder().File("a/b", "x").Build();
  auto path = store_->Fetch(Archive(FileUrl(tar), tar));
  umask(before);
  ASSERT_TRUE(path.ok()) << path.status();
  for (fs::path part = *path; part != scratch_; part = part.parent_path()) {
    EXPECT_EQ(ModeOf(part) & 0055, 0055) << part;
  }
  EXPECT_EQ(ModeOf(fs::path(*path) / "a"), 0555);
}

TEST_F(DiskArtifactStoreTest, OneDigestMayBeWantedInBothFormats) {
  // A tar archive whose first file is called "#!a" begins like a script.
  std::string both = TarBuilder().File("#!a", "x").Build();
  auto program = store_->Fetch(Program(FileUrl(both), both));
  auto files = store_->Fetch(Archive(FileUrl(both), both));
  ASSERT_TRUE(program.ok()) << program.status();
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(ReadFile(*program), both);
  EXPECT_EQ(ReadFile(*files + "/#!a"), "x");
  EXPECT_EQ(Stored().size(), 1u);
}

TEST_F(DiskArtifactStoreTest, NeedsTheSourceOnce) {
  v1::Artifact artifact = Program(FileUrl(kScript), kScript);
  auto first = store_->Fetch(artifact);
  fs::remove(scratch_ / "artifact");
  Open();
  auto second = store_->Fetch(artifact);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*first, *second);
}

TEST_F(DiskArtifactStoreTest, RefusesWhatIsNotWhatWasNamed) {
  const std::string kZip("PK\x03\x04 and so on");
  v1::Artifact no_digest = Program(FileUrl(kScript), kScript);
  no_digest.clear_sha256();
  v1::Artifact no_format = Program(FileUrl(kScript), kScript);
  no_format.clear_format();
  fs::create_directory(scratch_ / "directory");
  ASSERT_EQ(mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
  struct Case {
    const char* name;
    v1::Artifact artifact;
    absl::StatusCode code;
    std::string says;
  };
  const Case kCases[] = {
      {"another digest", Program(FileUrl(kScript), "else"), kDataLoss,
       absl::StrCat("its sha256 is ", Sha256Of(kScript), ", not ",
                    Sha256Of("else"))},
      {"no file", Program("file:///no/such/file", kScript), kNotFound,
       "file:///no/such/file"},
      {"not a program", Program(FileUrl(kZip, "zip"), kZip), kInvalidArgument,
       "it begins with \"PK\\x03\\x04\", neither an ELF header"},
      {"an empty program", Program(FileUrl("", "none"), ""), kInvalidArgument,
       "not executable"},
      {"not an archive", Archive(FileUrl(kScript), kScript), kInvalidArgument,
       "not a readable tar"},
      {"no digest", no_digest, kInvalidArgument, "artifact.sha256: \"\""},
      {"no format", no_format, kInvalidArgument, "artifact.format"},
      {"a directory",
       Program("file://" + (scratch_ / "directory").string(), kScript),
       kInvalidArgument, "not a regular file"},
      {"a fifo", Program("file://" + (scratch_ / "fifo").string(), kScript),
       kInvalidArgument, "not a regular file"},
      {"relative path", Program("file://srv/a", kScript), kInvalidArgument,
       "three slashes"},
      {"another scheme", Program("ftp://host/a", kScript), kInvalidArgument,
       "use file:///PATH"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto path = store_->Fetch(c.artifact);
    EXPECT_EQ(path.status().code(), c.code) << path.status();
    EXPECT_THAT(path.status().message(), HasSubstr(c.says));
    EXPECT_THAT(Stored(), IsEmpty());
    EXPECT_THAT(Incoming(), IsEmpty());
  }
}

TEST_F(DiskArtifactStoreTest, FileUrlsMayHoldEscapes) {
  FileUrl(kScript, "my artifact%");
  std::string url =
      absl::StrCat("file://localhost", scratch_.string(), "/my%20artifact%");
  auto path = store_->Fetch(Program(url, kScript));
  EXPECT_TRUE(path.ok()) << path.status();
}

TEST_F(DiskArtifactStoreTest, FetchesOverHttp) {
  ArtifactServer server(kScript);
  for (const char* path :
       {"/artifact", "/chunked", "/redirect", "/gzip-said"}) {
    SCOPED_TRACE(path);
    auto stored = store_->Fetch(Program(server.Url(path), kScript));
    ASSERT_TRUE(stored.ok()) << stored.status();
    EXPECT_EQ(ReadFile(*stored), kScript);
    ASSERT_TRUE(store_->Prune({}, 0).ok());
    EXPECT_THAT(Stored(), IsEmpty());
  }
}

TEST_F(DiskArtifactStoreTest, SaysWhatIsWrongWithAServer) {
  ArtifactServer server(kScript);
  struct Case {
    const char* path;
    absl::StatusCode code;
    const char* says;
  };
  const Case kCases[] = {
      {"/missing", kNotFound, "status 404"},
      {"/broken", kUnavailable, "status 500"},
      {"/empty", kUnavailable, "status 204"},
      {"/loop", kUnavailable, "redirects without end"},
      {"/short", kDataLoss, "ended after 10 bytes of 1000"},
      {"/short-chunked", kDataLoss, "ended after 10 bytes"},
      {"/short-unannounced", kDataLoss, "its sha256 is"},
      {"/huge", kInvalidArgument, "bigger than"},
      {"/missing?token=secret", kNotFound, "status 404"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.path);
    auto path = store_->Fetch(Program(server.Url(c.path), kScript));
    EXPECT_EQ(path.status().code(), c.code) << path.status();
    EXPECT_THAT(path.status().message(), HasSubstr(c.says));
    EXPECT_THAT(path.status().message(), HasSubstr("http://127.0.0.1:"));
    EXPECT_THAT(path.status().message(), Not(HasSubstr("secret")));
    EXPECT_THAT(Stored(), IsEmpty());
    EXPECT_THAT(Incoming(), IsEmpty());
  }
}

TEST_F(DiskArtifactStoreTest, SaysThatAServerIsNotThere) {
  std::string url;
  {
    ArtifactServer server(kScript);
    url = server.Url("/artifact");
  }
  auto path = store_->Fetch(Program(url, kScript));
  EXPECT_EQ(path.status().code(), kUnavailable) << path.status();
  EXPECT_THAT(path.status().message(), HasSubstr("cannot connect"));
}

TEST_F(DiskArtifactStoreTest, GivesUpOnASilentServer) {
  PrepareSettings settings;
  settings.download.http.idle_timeout = absl::Milliseconds(50);
  Open(settings);
  ArtifactServer server(kScript);
  auto path = store_->Fetch(Program(server.Url("/stalled"), kScript));
  EXPECT_EQ(path.status().code(), kDataLoss) << path.status();
  EXPECT_THAT(path.status().message(), HasSubstr("after 10 bytes of 1000"));
}

TEST_F(DiskArtifactStoreTest, ALeavingAgentDoesNotWaitForATransfer) {
  ArtifactServer server(kScript);
  absl::Status status;
  std::thread fetch([&] {
    status = store_->Fetch(Program(server.Url("/endless"), kScript)).status();
  });
  server.AwaitRequests(1);
  store_->CancelFetches();
  fetch.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  EXPECT_THAT(Incoming(), IsEmpty());
}

TEST_F(DiskArtifactStoreTest, ManyWhoWantOneArtifactFetchItOnce) {
  ArtifactServer server(kScript);
  std::vector<std::thread> threads;
  std::atomic<int> fetched{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (store_->Fetch(Program(server.Url("/held"), kScript)).ok()) ++fetched;
    });
  }
  // Whoever comes later, before or after the answer, asks no more.
  server.AwaitRequests(1);
  server.Release();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(fetched, 8);
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(DiskArtifactStoreTest, EmptiesWhatACrashLeftBehind) {
  fs::path left = scratch_ / "store/incoming/7/whole/files";
  fs::create_directories(left / "sealed");
  std::ofstream(left / "sealed/half") << "done";
  fs::permissions(left / "sealed", fs::perms::owner_read);
  Open();
  EXPECT_THAT(Incoming(), IsEmpty());
}

TEST_F(DiskArtifactStoreTest, PruneKeepsTheWantedAndTheMostRecentlyUsed) {
  std::vector<v1::Artifact> artifacts;
  for (int i = 0; i < 5; ++i) {
    std::string script = absl::StrCat(kScript, i);
    artifacts.push_back(
        Program(FileUrl(script, absl::StrCat("artifact", i)), script));
    ASSERT_TRUE(store_->Fetch(artifacts[i]).ok());
    // An hour apart, whatever the resolution of this file system's clock.
    fs::last_write_time(
        scratch_ / "store/sha256" / artifacts[i].sha256(),
        fs::file_time_type::clock::now() - std::chrono::hours(10 - i));
  }
  // The oldest but one is used again, and remembered over a restart.
  ASSERT_TRUE(store_->Fetch(artifacts[1]).ok());
  Open();
  ASSERT_TRUE(store_->Prune({artifacts[0].sha256()}, 2).ok());
  EXPECT_THAT(Stored(), ::testing::UnorderedElementsAre(artifacts[0].sha256(),
                                                        artifacts[1].sha256(),
                                                        artifacts[4].sha256()));
  EXPECT_THAT(Incoming(), IsEmpty());
  ASSERT_TRUE(store_->Prune({artifacts[4].sha256()}, 0).ok());
  EXPECT_THAT(Stored(), ElementsAre(artifacts[4].sha256()));
}

}  // namespace
}  // namespace rollout::artifact
