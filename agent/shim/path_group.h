// SPDX-License-Identifier: Apache-2.0
//
// All Unix sockets of one path, over the generations. The kernel has no groups
// of them: each generation's socket has a file of its own beside the path, and
// the path leads to that of the generation that serves. Moving it is a rename:
// a client finds the old one or the new one, and never none.
//
//   /run/app/app.sock       where clients come to, a hard link to one of
//   /run/app/.app.sock.7    generation 7's
//   /run/app/.app.sock.8    generation 8's: only who knows it comes here

#ifndef AGENT_SHIM_PATH_GROUP_H_
#define AGENT_SHIM_PATH_GROUP_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/asker.h"
#include "agent/shim/endpoint_group.h"
#include "agent/shim/share.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

class PathGroup : public EndpointGroup {
 public:
  // `address` has a path.
  explicit PathGroup(const EndpointAddress& address)
      : directory_(address.directory()), name_(address.file_name()) {}

  // Of the file, without its directory.
  const std::string& name() const { return name_; }

  // The path of a generation's own file.
  static std::string OwnPath(const EndpointAddress& address,
                             uint64_t generation);

  // Binds the socket, whose program calls the path `text`, for `generation`, as
  // if `user` had done it; a socket the generation has bound before is
  // replaced. FailedPrecondition, and nothing has changed: somebody else
  // listens there (he is named), or there is a file that is no socket.
  // Otherwise as bind(2) fails.
  absl::Status Bind(uint64_t generation, UniqueFd socket,
                    const std::string& text, const FileUser& user,
                    const Shares& shares, const IsOurs& ours);

  // Whether the member listens.
  bool TakesClients(uint64_t inode) const;
  // The bound socket listens from here on. As listen(2) fails.
  absl::Status Listen(uint64_t inode, int backlog, const Shares& shares);

  // chmod(2) and chown(2) of the generation's file by `user`: an errno, 0:
  // done. -1 for `uid` or `gid`: as it is.
  int SetMode(uint64_t generation, const FileUser& user, mode_t mode);
  int SetOwner(uint64_t generation, const FileUser& user, uid_t uid, gid_t gid);

  // Makes the path lead where it shall, in case somebody has removed it.
  void PutBack(const Shares& shares) { Refresh(shares); }

  // FailedPrecondition for shares that are neither nothing nor all.
  absl::Status CheckShares(const Shares& shares) const;
  absl::Status Steer(const Shares& shares) override { return Publish(shares); }

 private:
  absl::Status CheckNoStranger(const IsOurs& ours) const;
  absl::StatusOr<UniqueFd> OpenDirectory() const;
  // Of the generation, the newest; null: none.
  const Member* Find(uint64_t generation) const;
  // Whom the path shall lead to; null: nobody is there.
  const Member* Leader(const Shares& shares) const;
  // Makes the path lead to the leader.
  absl::Status Publish(const Shares& shares) const;
  // The file of the generation, if `user` may change it. -1: errno says why.
  UniqueFd OpenOwned(uint64_t generation, const FileUser& user) const;

  void Refresh(const Shares& shares) override;
  std::optional<size_t> NextToClose(const Shares& shares) const override;
  void OnRemove(const Member& member) override;

  const std::string directory_;
  const std::string name_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_PATH_GROUP_H_
