// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/unpack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/artifact/tar_builder.h"
#include "tests/fuzz/hostile_tar.h"

namespace rollout::artifact {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteFile(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

class UnpackTest : public ::testing::Test {
 protected:
  void SetUp() override { Clear(); }

  // An empty directory to unpack into, with a bystander beside it.
  void Clear() {
    fs::remove_all(scratch_);
    fs::create_directories(root_);
    WriteFile(scratch_ / "bystander", "unharmed");
  }

  absl::Status Unpack(const std::string& archive,
                      const UnpackLimits& limits = {}) {
    WriteFile(scratch_ / "archive", archive);
    UniqueFd fd(open((scratch_ / "archive").c_str(), O_RDONLY | O_CLOEXEC));
    return UnpackTar(fd.get(), root_.string(), limits);
  }

  const fs::path scratch_ = fs::path(::testing::TempDir()) / "unpack_test";
  const fs::path root_ = scratch_ / "root";
};

TEST_F(UnpackTest, UnpacksWhatTarCanHold) {
  for (Compression compression :
       {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    SCOPED_TRACE(static_cast<int>(compression));
    Clear();
    std::string big(300'000, 'b');
    std::string archive = TarBuilder(compression)
                              .Directory("./")
                              .Directory("./empty/")
                              .File("./bin/server", "#!/bin/sh\n", 0755)
                              .File("deep/er/page.html", big)
                              .File("grüße.txt", "héllo")
                              .Symlink("current", "deep/er/page.html")
                              .Symlink("deep/up", "../bin")
                              .Symlink("nowhere", "not/there")
                              .HardLink("bin/again", "bin/server")
                              .Build();
    ASSERT_TRUE(Unpack(archive).ok()) << Unpack(archive);
    EXPECT_TRUE(fs::is_directory(root_ / "empty"));
    EXPECT_EQ(ReadFile(root_ / "bin/server"), "#!/bin/sh\n");
    EXPECT_EQ(access((root_ / "bin/server").c_str(), X_OK), 0);
    EXPECT_EQ(
        fs::status(root_ / "grüße.txt").permissions() & fs::perms::owner_exec,
        fs::perms::none);
    EXPECT_EQ(ReadFile(root_ / "current"), big);
    EXPECT_EQ(ReadFile(root_ / "grüße.txt"), "héllo");
    EXPECT_EQ(ReadFile(root_ / "deep/up/server"), "#!/bin/sh\n");
    EXPECT_TRUE(fs::equivalent(root_ / "bin/again", root_ / "bin/server"));
    struct stat info;
    ASSERT_EQ(stat((root_ / "bin/server").c_str(), &info), 0);
    EXPECT_EQ(info.st_mtime, 1600000000);
  }
}

TEST_F(UnpackTest, TheLastOfTwoFilesWithOneNameStays) {
  ASSERT_TRUE(Unpack(TarBuilder()
                         .File("a", "first")
                         .HardLink("b", "a")
                         .File("a", "second")
                         .Build())
                  .ok());
  EXPECT_EQ(ReadFile(root_ / "a"), "second");
  EXPECT_EQ(ReadFile(root_ / "b"), "first");
}

TEST_F(UnpackTest, RefusesWhatLeadsOutOrIsNoFile) {
  using Build = std::function<void(TarBuilder&)>;
  struct Case {
    const char* name;
    Build build;
    const char* says;
  };
  const std::string bystander = (scratch_ / "bystander").string();
  const Case kCases[] = {
      {"absolute path", [&](TarBuilder& tar) { tar.File(bystander, "x"); },
       "absolute path"},
      {"dot-dot", [](TarBuilder& tar) { tar.File("../bystander", "x"); },
       "\"..\""},
      {"dot-dot in the middle",
       [](TarBuilder& tar) { tar.File("a/../../bystander", "x"); }, "\"..\""},
      {"absolute symlink",
       [](TarBuilder& tar) { tar.Symlink("a", "/etc/passwd"); },
       "leads outside"},
      {"symlink upwards",
       [](TarBuilder& tar) { tar.Symlink("a/b", "../../bystander"); },
       "leads outside"},
      {"symlink upwards to nothing",
       [](TarBuilder& tar) { tar.Symlink("a", "../nothing"); },
       "leads outside"},
      {"two symlinks, each of which looks harmless",
       [](TarBuilder& tar) {
         tar.Directory("top")
             .Symlink("a/b/c/deep", "../../../top")
             .Symlink("a/b/c/out", "deep/../../bystander");
       },
       "leads outside"},
      {"a file written through a symlink",
       [](TarBuilder& tar) { tar.Symlink("a", "..").File("a/bystander", "x"); },
       "leads through \"a\""},
      {"a file written through an inner symlink",
       [](TarBuilder& tar) {
         tar.Directory("b").Symlink("a", "b").File("a/c", "x");
       },
       "leads through \"a\""},
      {"a directory over a symlink",
       [](TarBuilder& tar) { tar.Symlink("a", "..").Directory("a"); },
       "not a directory"},
      {"hard link to outside",
       [](TarBuilder& tar) { tar.HardLink("a", "../bystander"); }, "\"..\""},
      {"hard link to an absolute path",
       [&](TarBuilder& tar) { tar.HardLink("a", bystander); }, "absolute path"},
      {"hard link to a symlink",
       [](TarBuilder& tar) {
         tar.Symlink("a", "../bystander").HardLink("b", "a");
       },
       "no file before it"},
      {"hard link through a symlink",
       [](TarBuilder& tar) {
         tar.Symlink("a", "..").HardLink("b", "a/bystander");
       },
       "leads through \"a\""},
      {"hard link to nothing", [](TarBuilder& tar) { tar.HardLink("a", "b"); },
       "no file before it"},
      {"hard link to itself",
       [](TarBuilder& tar) { tar.File("a", "x").HardLink("./a", "a"); },
       "itself"},
      {"character device", [](TarBuilder& tar) { tar.Special("a", S_IFCHR); },
       "is a device"},
      {"block device", [](TarBuilder& tar) { tar.Special("a", S_IFBLK); },
       "is a device"},
      {"fifo", [](TarBuilder& tar) { tar.Special("a", S_IFIFO); },
       "is a device, FIFO"},
      {"file over a directory",
       [](TarBuilder& tar) { tar.Directory("a").File("a", "x"); },
       "directory and a file"},
      {"symlink outside that has a longer name than can be looked up",
       [&](TarBuilder& tar) {
         tar.Symlink("a" + std::string(5000, '/') + "b", bystander);
       },
       "too long"},
      {"deeper than a path can name and remove",
       [](TarBuilder& tar) {
         std::string deep;
         for (int i = 0; i < 2500; ++i) deep += "d/";
         tar.File(deep + "f", "x");
       },
       "too long"},
      {"file below a file",
       [](TarBuilder& tar) { tar.File("a", "x").File("a/b", "x"); },
       "leads through \"a\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Clear();
    TarBuilder tar;
    c.build(tar);
    absl::Status status = Unpack(tar.Build());
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(status.message(), HasSubstr(c.says));
    EXPECT_EQ(ReadFile(scratch_ / "bystander"), "unharmed");
    EXPECT_EQ(fs::hard_link_count(scratch_ / "bystander"), 1u);
  }
}

TEST_F(UnpackTest, RefusesASparseFileThatHoldsMoreThanItsSize) {
  // GNU tar's old format: ten bytes, with five of them at a place far away.
  std::string archive =
      fuzz::MakeSparseTar("f", /*size=*/10, /*offset=*/1 << 30, "where");
  absl::Status status = Unpack(archive);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(status.message(), HasSubstr("beyond its size"));
  EXPECT_EQ(fs::file_size(root_ / "f"), 0u);
  Clear();
  ASSERT_TRUE(Unpack(fuzz::MakeSparseTar("f", 10, 5, "where")).ok());
  EXPECT_EQ(ReadFile(root_ / "f"), std::string(5, '\0') + "where");
}

TEST_F(UnpackTest, RefusesWhatIsNoArchive) {
  std::string gzip = TarBuilder(Compression::kGzip)
                         .File("a", std::string(100'000, 'a'))
                         .Build();
  std::string plain = TarBuilder().File("a", std::string(100'000, 'a')).Build();
  struct Case {
    const char* name;
    std::string bytes;
  };
  const Case kCases[] = {
      {"empty file", ""},
      {"text", "hello, I am no archive\n"},
      {"cut gzip", gzip.substr(0, gzip.size() / 2)},
      {"cut tar", plain.substr(0, plain.size() / 2)},
      {"no entries", TarBuilder().Build()},
      {"a compression we do not promise",
       TarBuilder(Compression::kBzip2).File("a", "x").Build()},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Clear();
    absl::Status status = Unpack(c.bytes);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(status.message(), HasSubstr("archive"));
  }
}

TEST_F(UnpackTest, KeepsWithinItsLimits) {
  UnpackLimits limits;
  limits.max_entries = 2;
  limits.max_bytes = 10;
  struct Case {
    const char* name;
    std::string archive;
    const char* says;  // empty: fine
  };
  const Case kCases[] = {
      {"just within",
       TarBuilder().File("a", "12345").File("b", "67890").Build(), ""},
      {"too many",
       TarBuilder().Directory("a").Directory("b").Directory("c").Build(),
       "more than 2 files"},
      {"too big together",
       TarBuilder().File("a", "12345").File("b", "678901").Build(),
       "more than 10 bytes"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Clear();
    absl::Status status = Unpack(c.archive, limits);
    EXPECT_EQ(status.ok(), *c.says == 0) << status;
    EXPECT_THAT(status.message(), HasSubstr(c.says));
  }
}

}  // namespace
}  // namespace rollout::artifact
