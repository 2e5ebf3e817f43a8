// SPDX-License-Identifier: Apache-2.0
//
// What a function of libgit2 returned, as a status. The message is libgit2's
// own; the caller says where it was.

#ifndef CONTROLLER_GITOPS_FETCH_GIT_ERROR_H_
#define CONTROLLER_GITOPS_FETCH_GIT_ERROR_H_

#include "absl/status/status.h"

namespace rollout::gitops {

// Of a call that talks to the other end; at once after it. ResourceExhausted:
// memory or disk. NotFound, PermissionDenied: said by the other end.
// Unavailable: it can't be reached or makes no sense. DataLoss: none of these,
// so it may be our own copy.
absl::Status RemoteStatus(int result);

// Of a call that reads our own copy. ResourceExhausted: memory or disk.
// DataLoss: everything else.
absl::Status CopyStatus(int result);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_GIT_ERROR_H_
