// SPDX-License-Identifier: Apache-2.0
//
// A repository of plans where a controller and whoever pushes reach it: as a
// file, or behind a real server.

#ifndef TESTS_E2E_GIT_REMOTE_H_
#define TESTS_E2E_GIT_REMOTE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/programs/git_http_server.h"
#include "tests/programs/git_repository.h"
#include "tests/programs/ssh_server.h"

namespace rollout::e2e {

enum class Transport { kFile, kHttps, kSsh };

// Not thread-safe. Its server ends with it.
class GitRemote {
 public:
  // Below `directory`, which stays. https: git http-backend behind lighttpd,
  // with a user, a password and an authority of its own; ssh: a real sshd, with
  // a key.
  static absl::StatusOr<GitRemote> Make(const std::string& directory,
                                        Transport transport);

  // What the controller's configuration says of it, below a source.
  const std::string& settings() const { return settings_; }

  programs::GitRepository& repository() { return repository_; }

  // Commits the files and pushes. Returns the commit's id.
  absl::StatusOr<std::string> Push(const programs::GitFiles& files,
                                   const std::string& message);

 private:
  explicit GitRemote(programs::GitRepository repository)
      : repository_(std::move(repository)) {}

  absl::Status ServeFile();
  absl::Status ServeHttps(const std::string& directory);
  absl::Status ServeSsh(const std::string& directory);

  programs::GitRepository repository_;
  std::unique_ptr<programs::GitHttpServer> http_;
  std::unique_ptr<programs::SshServer> ssh_;
  std::string url_;
  std::string settings_;
};

}  // namespace rollout::e2e

#endif  // TESTS_E2E_GIT_REMOTE_H_
