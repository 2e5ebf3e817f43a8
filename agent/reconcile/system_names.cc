// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/system_names.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

// Enough for an entry of any database; a group may have thousands of members.
constexpr size_t kEntryBytes = 1 << 18;

absl::Status NotThere(int error, absl::string_view kind,
                      const std::string& name, absl::string_view key) {
  if (error != 0) {
    return absl::UnavailableError(absl::StrCat("cannot look up ", kind, " \"",
                                               name, "\": ", strerror(error)));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      kind, " \"", name, "\" is unknown on this host: create it or",
      " change spec.service.", key));
}

absl::StatusOr<uint32_t> ResolveGroup(const std::string& group) {
  std::vector<char> buffer(kEntryBytes);
  struct group entry;
  struct group* found = nullptr;
  int error =
      getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return NotThere(error, "group", group, "group");
  return entry.gr_gid;
}

}  // namespace

absl::StatusOr<UserIds> ResolveUser(const std::string& user,
                                    const std::string& group) {
  std::vector<char> buffer(kEntryBytes);
  struct passwd entry;
  struct passwd* found = nullptr;
  int error =
      getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return NotThere(error, "user", user, "user");
  UserIds ids;
  ids.uid = entry.pw_uid;
  ids.gid = entry.pw_gid;
  if (!group.empty()) {
    ASSIGN_OR_RETURN(ids.gid, ResolveGroup(group));
  }
  int count = 0;
  getgrouplist(user.c_str(), ids.gid, nullptr, &count);
  std::vector<gid_t> groups(count);
  if (getgrouplist(user.c_str(), ids.gid, groups.data(), &count) < 0) {
    return absl::UnavailableError(
        absl::StrCat("the groups of \"", user, "\" changed while read"));
  }
  ids.groups.assign(groups.begin(), groups.begin() + count);
  return ids;
}

absl::StatusOr<int> SignalNumber(absl::string_view name) {
  for (int signal = 1; signal < NSIG; ++signal) {
    const char* known = sigabbrev_np(signal);
    if (known != nullptr && name == known) return signal;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no signal: write TERM, QUIT, INT, ..."));
}

absl::StatusOr<int> ResourceNumber(absl::string_view name) {
  static constexpr std::pair<const char*, int> kResources[] = {
      {"as", RLIMIT_AS},
      {"core", RLIMIT_CORE},
      {"cpu", RLIMIT_CPU},
      {"data", RLIMIT_DATA},
      {"fsize", RLIMIT_FSIZE},
      {"locks", RLIMIT_LOCKS},
      {"memlock", RLIMIT_MEMLOCK},
      {"msgqueue", RLIMIT_MSGQUEUE},
      {"nice", RLIMIT_NICE},
      {"nofile", RLIMIT_NOFILE},
      {"nproc", RLIMIT_NPROC},
      {"rss", RLIMIT_RSS},
      {"rtprio", RLIMIT_RTPRIO},
      {"rttime", RLIMIT_RTTIME},
      {"sigpending", RLIMIT_SIGPENDING},
      {"stack", RLIMIT_STACK},
  };
  for (const auto& [known, resource] : kResources) {
    if (name == known) return resource;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no resource limit: see setrlimit(2)"));
}

}  // namespace rollout::agent
