// SPDX-License-Identifier: Apache-2.0
//
// The home directory that libgit2 and libssh2 see: with the hosts and
// authorities that were asked for, and nothing of a person's.

#ifndef CONTROLLER_GITOPS_FETCH_PRIVATE_HOME_H_
#define CONTROLLER_GITOPS_FETCH_PRIVATE_HOME_H_

#include <string>

#include "absl/status/status.h"
#include "base/file_system.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// Makes `directory`, and it alone is HOME from then on. libgit2 looks for hosts
// in .ssh/known_hosts there, and asks each for the kind of key it finds.
// Before anything connects. InvalidArgument: a file that the credentials name
// can't be used.
absl::Status MakePrivateHome(const std::string& directory,
                             const Credentials& credentials, FileSystem& files);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_PRIVATE_HOME_H_
