// SPDX-License-Identifier: Apache-2.0
//
// Repositories that would take all of a machine's memory, fetched by
// rollout-fetch as it is shipped: it stays within its limit and says why it
// could not, and goes on where it can again.

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "controller/gitops/fetch.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/programs/fetch_run.h"
#include "tests/programs/git_http_server.h"
#include "tests/programs/git_repository.h"

namespace rollout::gitops {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int64_t kLimitKilobytes = 512 << 10;
// What a fetch takes when nothing is large.
constexpr int64_t kSmallKilobytes = 64 << 10;

class HostileRepositoryTest : public ::testing::Test {
 protected:
  HostileRepositoryTest() {
    std::string pattern = ::testing::TempDir() + "/hostile-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    repository_ = std::make_unique<programs::GitRepository>(
        programs::GitRepository::Make(directory_).value());
    // Or git would compress zeros for minutes, and look for similar ones.
    EXPECT_TRUE(repository_->Git({"config", "core.compression", "1"}).ok());
    EXPECT_TRUE(
        repository_->Git({"config", "core.bigFileThreshold", "1m"}).ok());
    request_.set_url(repository_->url());
    request_.set_branch("main");
    request_.set_repository(directory_ + "/copy");
  }
  ~HostileRepositoryTest() override { fs::remove_all(directory_); }

  // Zeros, which take no room on disk.
  void PushWithLargeFile(const std::string& name, uint64_t size) {
    const std::string path = absl::StrCat(repository_->work_tree(), "/", name);
    std::ofstream(path) << "";
    fs::resize_file(path, size);
    repository_->Commit({}).value();
    ASSERT_TRUE(repository_->Push().ok());
  }

  programs::FetchRun Fetch() {
    return programs::RunFetch(request_, directory_).value();
  }

  std::string directory_;
  std::unique_ptr<programs::GitRepository> repository_;
  FetchRequest request_;
};

TEST_F(HostileRepositoryTest, AFileOf2Gigabytes) {
  ASSERT_NO_FATAL_FAILURE(PushWithLargeFile("large.yaml", uint64_t{2} << 30));
  // libgit2 has it in memory as a whole.
  programs::FetchRun run = Fetch();
  EXPECT_EQ(run.answer.failure().code(),
            static_cast<int>(absl::StatusCode::kResourceExhausted))
      << run.answer.DebugString();
  EXPECT_THAT(run.answer.failure().message(), HasSubstr("512 MiB of memory"));
  EXPECT_LT(run.peak_kilobytes, kLimitKilobytes);

  // As a stream it is no matter.
  programs::GitHttpSettings settings;
  settings.directory = directory_;
  auto server = programs::GitHttpServer::Start(settings).value();
  request_.set_url(server->Url());
  run = Fetch();
  ASSERT_EQ(run.answer.result().problems_size(), 1) << run.answer.DebugString();
  EXPECT_THAT(run.answer.result().problems(0).message(),
              HasSubstr("is of 2147483648 bytes"));
  EXPECT_LT(run.peak_kilobytes, kSmallKilobytes);

  // Without it in the history all is well.
  ASSERT_TRUE(repository_->Git({"checkout", "-q", "--orphan", "small"}).ok());
  fs::remove(repository_->work_tree() + "/large.yaml");
  std::string commit = repository_->Commit({{"a.yaml", "a"}}).value();
  ASSERT_TRUE(repository_->Push().ok());
  request_.set_url(repository_->url());
  run = Fetch();
  EXPECT_EQ(run.answer.result().commit(), commit) << run.answer.DebugString();
  EXPECT_EQ(run.answer.result().problems_size(), 0);
  EXPECT_LT(run.peak_kilobytes, kSmallKilobytes);
}

TEST_F(HostileRepositoryTest, AsManyManifestsAsThereMayBeFit) {
  programs::GitFiles files;
  for (int i = 0; i < 64; ++i) {
    files[absl::StrCat("plans/", i, ".yaml")] = std::string(1 << 20, 'x');
  }
  repository_->Commit(files).value();
  ASSERT_TRUE(repository_->Push().ok());
  programs::FetchRun run = Fetch();
  EXPECT_EQ(run.answer.result().files_size(), 64);
  EXPECT_EQ(run.answer.result().problems_size(), 0);
  EXPECT_LT(run.peak_kilobytes, kLimitKilobytes);
}

}  // namespace
}  // namespace rollout::gitops
