// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/git_repository.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tests/programs/run.h"

namespace rollout::programs {
namespace {

constexpr char kGit[] = "/usr/bin/git";

}  // namespace

GitRepository::GitRepository(const std::string& directory,
                             const std::string& name)
    : path_(absl::StrCat(directory, "/", name, ".git")),
      work_tree_(absl::StrCat(directory, "/", name)),
      environment_{"PATH=/usr/bin:/bin",
                   "HOME=" + directory,
                   "GIT_CONFIG_NOSYSTEM=1",
                   "GIT_TERMINAL_PROMPT=0",
                   "GIT_AUTHOR_NAME=Ann Author",
                   "GIT_AUTHOR_EMAIL=ann@example.com",
                   "GIT_COMMITTER_NAME=Carl Committer",
                   "GIT_COMMITTER_EMAIL=carl@example.com"} {}

absl::StatusOr<GitRepository> GitRepository::Make(const std::string& directory,
                                                  const std::string& name) {
  GitRepository made(directory, name);
  const std::vector<std::vector<std::string>> commands = {
      {kGit, "init", "--quiet", "--bare", "--initial-branch=main", made.path_},
      // Pushes by HTTP, which have no user here.
      {kGit, "-C", made.path_, "config", "http.receivepack", "true"},
      {kGit, "init", "--quiet", "--initial-branch=main", made.work_tree_},
      {kGit, "-C", made.work_tree_, "remote", "add", "origin", made.path_}};
  for (const std::vector<std::string>& command : commands) {
    RETURN_IF_ERROR(Run(command, made.environment_).status());
  }
  return made;
}

void GitRepository::AddToEnvironment(const std::string& variable) {
  environment_.push_back(variable);
}

absl::StatusOr<std::string> GitRepository::Git(
    const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {kGit, "-C", work_tree_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Run(command, environment_);
}

absl::StatusOr<std::string> GitRepository::Commit(
    const GitFiles& files, const std::string& message,
    const std::vector<std::string>& options) {
  for (const auto& [name, content] : files) {
    const std::filesystem::path path = absl::StrCat(work_tree_, "/", name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  RETURN_IF_ERROR(Git({"add", "--all"}).status());
  std::vector<std::string> commit = {"commit", "--quiet", "--allow-empty", "-m",
                                     message};
  commit.insert(commit.end(), options.begin(), options.end());
  RETURN_IF_ERROR(Git(commit).status());
  return Git({"rev-parse", "HEAD"});
}

absl::Status GitRepository::Push(const std::string& branch,
                                 const std::string& url) {
  return Git({"push", "--quiet", "--force", url.empty() ? path_ : url,
              "HEAD:refs/heads/" + branch})
      .status();
}

}  // namespace rollout::programs
