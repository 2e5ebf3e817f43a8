// SPDX-License-Identifier: Apache-2.0
//
// Users, groups, signals and limits: from the names people write to the numbers
// the shim takes. The shim is linked statically and can't look them up.
//
// Safe from any thread.

#ifndef AGENT_RECONCILE_SYSTEM_NAMES_H_
#define AGENT_RECONCILE_SYSTEM_NAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout::agent {

struct UserIds {
  uint32_t uid = 0;
  uint32_t gid = 0;
  // Supplementary groups, `gid` among them.
  std::vector<uint32_t> groups;
};

// `group` empty: the user's own. InvalidArgument: one is unknown on this host.
// Unavailable: the user database does not answer.
absl::StatusOr<UserIds> ResolveUser(const std::string& user,
                                    const std::string& group);

// "TERM" to SIGTERM. InvalidArgument: no such signal.
absl::StatusOr<int> SignalNumber(absl::string_view name);

// "nofile" to RLIMIT_NOFILE, see setrlimit(2). InvalidArgument: no such limit.
absl::StatusOr<int> ResourceNumber(absl::string_view name);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_SYSTEM_NAMES_H_
