// SPDX-License-Identifier: Apache-2.0
//
// A repository with a branch "main", and fetches of it in this process.

#ifndef TESTS_CONTROLLER_GITOPS_FETCH_FETCH_FIXTURE_H_
#define TESTS_CONTROLLER_GITOPS_FETCH_FETCH_FIXTURE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"
#include "controller/gitops/fetch.pb.h"
#include "controller/gitops/fetch/git_library.h"
#include "gtest/gtest.h"
#include "tests/programs/git_repository.h"

namespace rollout::gitops {

class FetchFixture : public ::testing::Test {
 protected:
  FetchFixture();
  ~FetchFixture() override;

  // Commits and pushes; returns the commit's id.
  std::string Push(const programs::GitFiles& files,
                   const std::string& message = "A change");

  // What request_ asks for.
  absl::StatusOr<FetchResult> Fetch();

  // The message about `path`; "": there is none.
  static std::string ProblemOf(const FetchResult& result,
                               absl::string_view path);
  // "a.yaml b/c.yml"
  static std::string Paths(const FetchResult& result);

  // The copy's packs.
  size_t CountPacks();

  std::string directory_;
  PosixFileSystem files_;
  FetchRequest request_;
  std::unique_ptr<programs::GitRepository> repository_;
  std::unique_ptr<GitLibrary> library_ = std::make_unique<GitLibrary>();
};

}  // namespace rollout::gitops

#endif  // TESTS_CONTROLLER_GITOPS_FETCH_FETCH_FIXTURE_H_
