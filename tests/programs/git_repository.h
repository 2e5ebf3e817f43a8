// SPDX-License-Identifier: Apache-2.0
//
// A repository and somebody who commits to it, with the git program.

#ifndef TESTS_PROGRAMS_GIT_REPOSITORY_H_
#define TESTS_PROGRAMS_GIT_REPOSITORY_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rollout::programs {

// Each path with its content.
using GitFiles = std::map<std::string, std::string>;

// Not thread-safe. The errors hold what git has said.
class GitRepository {
 public:
  // Makes `directory`/NAME.git, bare and with a branch "main" to come, and
  // `directory`/NAME, a work tree whose origin that is. Both stay.
  static absl::StatusOr<GitRepository> Make(const std::string& directory,
                                            const std::string& name = "plans");

  // The bare one.
  const std::string& path() const { return path_; }
  std::string url() const { return "file://" + path_; }
  const std::string& work_tree() const { return work_tree_; }

  // Of every git from now on: "NAME=value".
  void AddToEnvironment(const std::string& variable);

  // git with these arguments, in the work tree. Returns its output, without the
  // line break at its end.
  absl::StatusOr<std::string> Git(const std::vector<std::string>& arguments);

  // Writes the files and commits the whole work tree, with further options of
  // git commit. Returns the commit's id.
  absl::StatusOr<std::string> Commit(
      const GitFiles& files, const std::string& message = "A change",
      const std::vector<std::string>& options = {});

  // Makes the other end's branch what the work tree has, whatever it was.
  // `url` is where to push to; "": the bare repository's path.
  absl::Status Push(const std::string& branch = "main",
                    const std::string& url = "");

 private:
  GitRepository(const std::string& directory, const std::string& name);

  std::string path_;
  std::string work_tree_;
  std::vector<std::string> environment_;
};

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_GIT_REPOSITORY_H_
