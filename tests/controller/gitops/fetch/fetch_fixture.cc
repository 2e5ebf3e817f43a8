// SPDX-License-Identifier: Apache-2.0

#include "tests/controller/gitops/fetch/fetch_fixture.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "controller/gitops/fetch/branch_fetch.h"

namespace rollout::gitops {

FetchFixture::FetchFixture() {
  std::string pattern = ::testing::TempDir() + "/fetch-XXXXXX";
  directory_ = mkdtemp(pattern.data());
  repository_ = std::make_unique<programs::GitRepository>(
      programs::GitRepository::Make(directory_).value());
  request_.set_url(repository_->url());
  request_.set_branch("main");
  request_.set_repository(directory_ + "/copy");
}

FetchFixture::~FetchFixture() { std::filesystem::remove_all(directory_); }

std::string FetchFixture::Push(const programs::GitFiles& files,
                               const std::string& message) {
  std::string commit = repository_->Commit(files, message).value();
  EXPECT_TRUE(repository_->Push().ok());
  return commit;
}

absl::StatusOr<FetchResult> FetchFixture::Fetch() {
  return FetchBranch(request_, files_);
}

std::string FetchFixture::ProblemOf(const FetchResult& result,
                                    absl::string_view path) {
  for (const Problem& problem : result.problems()) {
    if (problem.path() == path) return problem.message();
  }
  return "";
}

std::string FetchFixture::Paths(const FetchResult& result) {
  std::string paths;
  for (const File& file : result.files()) {
    absl::StrAppend(&paths, paths.empty() ? "" : " ", file.path());
  }
  return paths;
}

size_t FetchFixture::CountPacks() {
  auto names = files_.List(request_.repository() + "/objects/pack")
                   .value_or(std::vector<std::string>());
  return std::count_if(names.begin(), names.end(), [](const std::string& name) {
    return absl::EndsWith(name, ".pack");
  });
}

}  // namespace rollout::gitops
