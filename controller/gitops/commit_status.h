// SPDX-License-Identifier: Apache-2.0
//
// What became of a commit, as forges and notes have it.
//
// Pure values and functions, safe from any thread.

#ifndef CONTROLLER_GITOPS_COMMIT_STATUS_H_
#define CONTROLLER_GITOPS_COMMIT_STATUS_H_

#include <string>

namespace rollout::gitops {

enum class CommitState { kPending, kSuccess, kFailure, kError };

struct CommitStatus {
  std::string source;
  // 40 hexadecimal digits.
  std::string commit;
  CommitState state = CommitState::kPending;
  // Of any length.
  std::string description;
  // Where to read more. Empty: nowhere.
  std::string target_url;
};

// "pending".
const char* StateName(CommitState state);

// "rollout/SOURCE": what tells the statuses of one commit apart.
std::string ContextOf(const CommitStatus& status);

// The description, valid UTF-8, cut to the 140 bytes that GitHub takes.
std::string ShortDescription(const CommitStatus& status);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_COMMIT_STATUS_H_
