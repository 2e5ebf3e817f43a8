// SPDX-License-Identifier: Apache-2.0
//
// Whose calls are intercepted: what he has to say about them.

#ifndef AGENT_SHIM_INTERCEPT_OWNER_H_
#define AGENT_SHIM_INTERCEPT_OWNER_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/asker.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// What the service does with a file by its path, see path_calls.h.
struct PathChange {
  enum class Kind { kUnlink, kReplace, kMode, kOwner };
  Kind kind = Kind::kUnlink;
  // Of a rename both.
  std::vector<FilePlace> places;
  FileUser user;
  mode_t mode = 0;
  // -1: as it is.
  uid_t uid = -1;
  gid_t gid = -1;
};

// What a generation says about a socket it is about to get. Answers with an
// errno (0: the call succeeds) or a status. NotFound: it is none of our
// business, the call goes on; any other: the call is refused, and why.
class InterceptOwner {
 public:
  virtual ~InterceptOwner() = default;

  // Whether the service may take clients at `address`: OK: it is an endpoint.
  virtual absl::Status JudgeBind(const EndpointAddress& address,
                                 bool v6_only) = 0;
  // Binds `socket` to `address`, of TCP or UDP, as judged.
  virtual absl::StatusOr<int> Bind(UniqueFd socket,
                                   const EndpointAddress& address) = 0;
  // Binds a Unix socket to `place`, which its program calls `path`.
  virtual absl::Status BindPath(UniqueFd socket, const FilePlace& place,
                                const std::string& path,
                                const FileUser& user) = 0;

  // Makes `socket`, bound to an endpoint, a listener; or listens again on one
  // that is.
  virtual absl::Status Listen(UniqueFd socket, int backlog) = 0;

  // Whether files of that name are of interest at all.
  virtual bool HasPath(const std::string& file_name) const = 0;
  virtual absl::StatusOr<int> ChangePath(const PathChange& change) = 0;

  // A call was refused: why, for people.
  virtual void OnProblem(const std::string& problem) = 0;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_INTERCEPT_OWNER_H_
