// SPDX-License-Identifier: Apache-2.0
//
// A source as the controller's configuration has it.

#ifndef CONTROLLER_GITOPS_SOURCE_SETTINGS_H_
#define CONTROLLER_GITOPS_SOURCE_SETTINGS_H_

#include <string>

#include "absl/time/time.h"
#include "controller/gitops/fetch.pb.h"
#include "controller/gitops/forge.h"
#include "controller/manifest/sync_settings.h"

namespace rollout::gitops {

struct SourceSettings {
  // As plans are named.
  std::string name;
  // What is fetched; the repository's directory and the known commit are added
  // for each fetch.
  FetchRequest fetch;
  // Between two looks at the repository, give or take a tenth.
  absl::Duration interval = absl::Seconds(60);
  // What is not set here the repository may set, see PolicyInForce.
  manifest::SyncSettings policy;
  // Holds what webhooks are signed with; empty: there are none.
  std::string webhook_secret_file;
  // Where its commits are told of what became of them.
  Forge forge;
  // And a note of that is left in its repository.
  bool notes = false;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SOURCE_SETTINGS_H_
