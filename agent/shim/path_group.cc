// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/path_group.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/shim/path_bind.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/socket_facts.h"
#include "agent/shim/unix_diag.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr uint32_t kAll = 1000;

std::string OwnName(const std::string& name, uint64_t generation) {
  return absl::StrCat(".", name, ".", generation);
}

// Of what is there, a link as such. False: nothing.
bool Look(int directory, const std::string& name, struct stat* status) {
  return fstatat(directory, name.c_str(), status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool IsSameFile(int directory, const std::string& a, const std::string& b) {
  struct stat of_a, of_b;
  return Look(directory, a, &of_a) && Look(directory, b, &of_b) &&
         of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

// Never NotFound, which would mean that the path is none of our business.
absl::Status Failure(const std::string& what) {
  return absl::FailedPreconditionError(
      absl::StrCat(what, ": ", std::strerror(errno)));
}

}  // namespace

std::string PathGroup::OwnPath(const EndpointAddress& address,
                               uint64_t generation) {
  const std::string directory = address.directory();
  return absl::StrCat(directory, directory == "/" ? "" : "/",
                      OwnName(address.file_name(), generation));
}

absl::Status PathGroup::Bind(uint64_t generation, UniqueFd socket,
                             const std::string& text, const FileUser& user,
                             const Shares& shares, const IsOurs& ours) {
  ASSIGN_OR_RETURN(UniqueFd directory, OpenDirectory());
  RETURN_IF_ERROR(CheckNoStranger(ours));
  Member member;
  member.generation = generation;
  member.file_name = OwnName(name_, generation);
  member.inode = SocketInode(socket.get());
  if (!BindPath(socket.get(), text, directory.get(), member.file_name, user)) {
    return Failure(absl::StrCat("cannot bind ", text));
  }
  member.socket = std::move(socket);
  // The new one has its file.
  for (Member& other : members_) {
    if (other.generation != generation) continue;
    other.leaving = true;
    other.file_name.clear();
  }
  members_.push_back(std::move(member));
  absl::Status published = Publish(shares);
  if (!published.ok()) Remove(members_.size() - 1);
  return published;
}

bool PathGroup::TakesClients(uint64_t inode) const {
  return std::any_of(members_.begin(), members_.end(),
                     [inode](const Member& member) {
                       return member.inode == inode && member.takes_clients;
                     });
}

absl::Status PathGroup::Listen(uint64_t inode, int backlog,
                               const Shares& shares) {
  for (Member& member : members_) {
    if (member.inode != inode) continue;
    if (listen(member.socket.get(), backlog) != 0) {
      return Failure(absl::StrCat("cannot listen on ", directory_, "/", name_));
    }
    member.takes_clients = true;
  }
  return Publish(shares);
}

int PathGroup::SetMode(uint64_t generation, const FileUser& user, mode_t mode) {
  UniqueFd file = OpenOwned(generation, user);
  if (!file.valid()) return errno;
  // chmod(2) on the descriptor itself is refused for O_PATH.
  const std::string link = absl::StrCat("/proc/self/fd/", file.get());
  return chmod(link.c_str(), mode & 07777) == 0 ? 0 : errno;
}

int PathGroup::SetOwner(uint64_t generation, const FileUser& user, uid_t uid,
                        gid_t gid) {
  UniqueFd file = OpenOwned(generation, user);
  if (!file.valid()) return errno;
  constexpr uid_t kSameUser = -1;
  constexpr gid_t kSameGroup = -1;
  const bool gives_away = uid != kSameUser && uid != user.uid;
  const bool foreign_group =
      gid != kSameGroup && gid != user.gid && user.groups.count(gid) == 0;
  if (user.uid != 0 && (gives_away || foreign_group)) return EPERM;
  return fchownat(file.get(), "", uid, gid, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

absl::Status PathGroup::CheckShares(const Shares& shares) const {
  for (const Share& share : shares) {
    if (share.permille == 0 || share.permille == kAll) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "a Unix socket leads to one generation or the other, and ", directory_,
        "/", name_, " can't be shared: give generation ", share.generation,
        " 0 or 1000 instead of ", share.permille));
  }
  return absl::OkStatus();
}

absl::Status PathGroup::CheckNoStranger(const IsOurs& ours) const {
  const std::string path = absl::StrCat(directory_, "/", name_);
  struct stat there;
  if (!Look(AT_FDCWD, path, &there)) return absl::OkStatus();
  if (!S_ISSOCK(there.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is a file at ", path,
                     " that is no socket: remove it or give the service "
                     "another path"));
  }
  ASSIGN_OR_RETURN(std::vector<UnixSocketEntry> sockets, ListUnixSockets());
  for (const UnixSocketEntry& socket : sockets) {
    // The kernel tells of the inode's lower half.
    if (!socket.listens || socket.file_inode == 0 ||
        socket.file_inode != static_cast<uint32_t>(there.st_ino) ||
        ours(socket.inode)) {
      continue;
    }
    // Inodes of other file systems may be equal.
    if (socket.name.substr(socket.name.rfind('/') + 1) != name_) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(DescribeSocketHolder(socket.inode), " listens on ", path,
                     ": stop it or give the service another path"));
  }
  // Left over by somebody who is gone.
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> PathGroup::OpenDirectory() const {
  UniqueFd directory(
      open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid()) return directory;
  return Failure(absl::StrCat("cannot open the directory ", directory_));
}

const EndpointGroup::Member* PathGroup::Find(uint64_t generation) const {
  for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
    if (member->generation == generation && !member->leaving) return &*member;
  }
  return nullptr;
}

const EndpointGroup::Member* PathGroup::Leader(const Shares& shares) const {
  const bool somebody_has =
      std::any_of(shares.begin(), shares.end(),
                  [](const Share& share) { return share.permille > 0; });
  for (const Share& share : shares) {
    if (somebody_has && share.permille == 0) continue;
    if (const Member* member = Find(share.generation)) return member;
  }
  return nullptr;
}

absl::Status PathGroup::Publish(const Shares& shares) const {
  const Member* leader = Leader(shares);
  if (leader == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(UniqueFd directory, OpenDirectory());
  const int in = directory.get();
  if (IsSameFile(in, leader->file_name, name_)) return absl::OkStatus();
  // A rename onto another name of the same file would leave both.
  const std::string next = absl::StrCat(".", name_, ".next");
  unlinkat(in, next.c_str(), 0);
  if (linkat(in, leader->file_name.c_str(), in, next.c_str(), 0) == 0 &&
      renameat(in, next.c_str(), in, name_.c_str()) == 0) {
    return absl::OkStatus();
  }
  return Failure(absl::StrCat("cannot make ", directory_, "/", name_,
                              " lead to generation ", leader->generation));
}

UniqueFd PathGroup::OpenOwned(uint64_t generation, const FileUser& user) const {
  const Member* member = Find(generation);
  auto directory = OpenDirectory();
  errno = ENOENT;
  if (member == nullptr || !directory.ok()) return UniqueFd();
  UniqueFd file(openat(directory->get(), member->file_name.c_str(),
                       O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0) return UniqueFd();
  errno = EPERM;
  const bool may = user.uid == 0 || user.uid == status.st_uid;
  // Somebody may have put another file there.
  return may && S_ISSOCK(status.st_mode) ? std::move(file) : UniqueFd();
}

void PathGroup::Refresh(const Shares& shares) {
  absl::Status status = Publish(shares);
  if (!status.ok()) LogError(status.message());
}

std::optional<size_t> PathGroup::NextToClose(const Shares&) const {
  // Its queue moves nowhere.
  for (size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].leaving && WaitingClients(members_[i].socket.get()) == 0) {
      return i;
    }
  }
  return std::nullopt;
}

void PathGroup::OnRemove(const Member& member) {
  auto directory = OpenDirectory();
  if (member.file_name.empty() || !directory.ok()) return;
  // Nobody serves any more: as a program that unlinks its path.
  if (IsSameFile(directory->get(), member.file_name, name_)) {
    unlinkat(directory->get(), name_.c_str(), 0);
  }
  unlinkat(directory->get(), member.file_name.c_str(), 0);
}

}  // namespace rollout::shim
