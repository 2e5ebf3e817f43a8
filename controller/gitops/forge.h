// SPDX-License-Identifier: Apache-2.0
//
// Where the commits of a source are told of what became of them.

#ifndef CONTROLLER_GITOPS_FORGE_H_
#define CONTROLLER_GITOPS_FORGE_H_

#include <string>

namespace rollout::gitops {

struct Forge {
  // "https://api.github.com", "https://git.example/api/v1"; without a slash at
  // the end. Empty: nobody is told.
  std::string api;
  // "OWNER/NAME".
  std::string repository;
  // The path of a file with a token that may write statuses, read at each send.
  std::string token_file;
  // As HttpQuestion::ca_file.
  std::string ca_file;
  // Where people read more; empty: nowhere.
  std::string link;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FORGE_H_
