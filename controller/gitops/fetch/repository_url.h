// SPDX-License-Identifier: Apache-2.0
//
// Where a repository is.

#ifndef CONTROLLER_GITOPS_FETCH_REPOSITORY_URL_H_
#define CONTROLLER_GITOPS_FETCH_REPOSITORY_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout::gitops {

struct RepositoryUrl {
  enum class Transport { kFile, kHttp, kSsh };
  Transport transport = Transport::kFile;
  // The whole, as libgit2 is given it. Of http and https without the user:
  // libgit2 would try that one without a password first.
  std::string address;
  // Empty: it names none.
  std::string user;
};

// https://, http://, ssh://, USER@HOST:PATH or file:///. InvalidArgument:
// nothing of these, or with a password in it; the message does not show that.
absl::StatusOr<RepositoryUrl> ParseRepositoryUrl(absl::string_view url);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_REPOSITORY_URL_H_
