// SPDX-License-Identifier: Apache-2.0
//
// By what a source is followed: what the controller's configuration says of it
// wins over what its repository says itself, so that an operator can forbid it.
//
// Pure values and functions, safe from any thread.

#ifndef CONTROLLER_GITOPS_SYNC_POLICY_H_
#define CONTROLLER_GITOPS_SYNC_POLICY_H_

#include "controller/manifest/sync_settings.h"
#include "controller/store/record.pb.h"

namespace rollout::gitops {

// See manifest::SyncSettings.
struct SyncPolicy {
  bool self_heal = false;
  bool prune = false;
  bool allow_empty = false;
};

// What neither says is not done. `declared` is the repository's.
SyncPolicy PolicyInForce(const manifest::SyncSettings& configured,
                         const manifest::SyncSettings& declared);

// By the last good commit.
SyncPolicy PolicyInForce(const manifest::SyncSettings& configured,
                         const store::SourceRecord& record);

// What the commit of `record` says.
void SetDeclared(const manifest::SyncSettings& declared,
                 store::SourceRecord* record);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SYNC_POLICY_H_
