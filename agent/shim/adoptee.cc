// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/adoptee.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/shim/process_tree.h"
#include "agent/shim/socket_diag.h"
#include "agent/shim/socket_facts.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

bool Contains(const std::vector<ProcessEntry>& processes,
              const ProcessEntry& process) {
  return std::any_of(
      processes.begin(), processes.end(),
      [&](const ProcessEntry& other) { return IsSame(other, process); });
}

absl::Status Refuse(absl::string_view why, absl::string_view remedy) {
  return absl::FailedPreconditionError(absl::StrCat(why, ": ", remedy));
}

// Inode of the one listener on each address.
absl::StatusOr<std::vector<uint64_t>> FindListeners(
    const std::vector<EndpointAddress>& addresses) {
  std::vector<uint64_t> inodes;
  std::string missing;
  for (const EndpointAddress& endpoint : addresses) {
    if (endpoint.transport() != Transport::kTcp) {
      return Refuse(
          absl::StrCat(endpoint.ToString(), " can't be adopted, only TCP can"),
          "stop the service and let Rollout start it");
    }
    const NetAddress& address = *endpoint.ip();
    ASSIGN_OR_RETURN(
        std::vector<SocketEntry> listeners,
        ListSockets({SocketKind::kListener, Transport::kTcp, address.port()}));
    std::vector<uint64_t> here;
    for (const SocketEntry& listener : listeners) {
      if (listener.local == address) {
        here.push_back(listener.inode);
      } else if (ListenersOverlap(listener.local, listener.v6_only, address,
                                  listener.v6_only)) {
        return Refuse(
            absl::StrCat(DescribeSocketHolder(listener.inode), " listens on ",
                         listener.local.ToString(), ", not on the endpoint ",
                         address.ToString()),
            "give the endpoint the address it listens on");
      }
    }
    if (here.size() > 1) {
      return Refuse(
          absl::StrCat(DescribeSocketHolder(here[0]), " has ", here.size(),
                       " listeners on ", address.ToString(),
                       ", and in which order the kernel has them nobody tells"),
          "have it use one (nginx: take reuseport from its listen directive)");
    }
    if (here.empty()) {
      missing = address.ToString();
    } else {
      inodes.push_back(here[0]);
    }
  }
  if (inodes.empty()) {
    return absl::NotFoundError(
        absl::StrCat("nobody listens on ", addresses[0].ToString()));
  }
  if (missing.empty()) return inodes;
  return Refuse(absl::StrCat(DescribeSocketHolder(inodes[0]),
                             " does not listen on the endpoint ", missing),
                "name only those it listens on");
}

// The processes that hold all of `inodes`.
std::vector<ProcessEntry> FindHolders(const std::vector<ProcessEntry>& all,
                                      const std::vector<uint64_t>& inodes) {
  std::vector<ProcessEntry> holders;
  for (const ProcessEntry& process : all) {
    const auto held = SocketInodes(process.pid);
    if (held.has_value() &&
        std::all_of(inodes.begin(), inodes.end(),
                    [&](uint64_t inode) { return held->count(inode) > 0; })) {
      holders.push_back(process);
    }
  }
  return holders;
}

// Of the holders, the one that no other holder is the parent of.
absl::StatusOr<ProcessEntry> Topmost(const std::vector<ProcessEntry>& holders,
                                     uint64_t inode) {
  std::vector<ProcessEntry> topmost;
  for (const ProcessEntry& process : holders) {
    if (process.pid == 1) {
      return Refuse("process 1 holds its listener, for a socket unit",
                    "stop the socket unit and start the service by itself");
    }
    if (std::none_of(holders.begin(), holders.end(),
                     [&](const ProcessEntry& other) {
                       return other.pid == process.parent;
                     })) {
      topmost.push_back(process);
    }
  }
  if (topmost.empty()) {
    return Refuse(
        absl::StrCat(DescribeSocketHolder(inode),
                     " does not hold all of the endpoints' listeners"),
        "name in one plan what one service listens on");
  }
  if (topmost.size() > 1) {
    return Refuse(
        absl::StrCat("processes ", topmost[0].pid, " and ", topmost[1].pid,
                     " both hold its listener, and neither is the "
                     "other's parent"),
        "say which one is its main process, with --pid");
  }
  return topmost[0];
}

// The numbers under which `pid` has its sockets, by inode.
std::map<uint64_t, int> SocketNumbers(pid_t pid) {
  std::map<uint64_t, int> numbers;
  const std::string path = absl::StrCat("/proc/", pid, "/fd");
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return numbers;
  while (dirent* entry = readdir(directory)) {
    char target[64];
    const ssize_t size =
        readlinkat(dirfd(directory), entry->d_name, target, sizeof target);
    absl::string_view name(target, std::max<ssize_t>(size, 0));
    uint64_t inode = 0;
    int number = 0;
    if (absl::ConsumePrefix(&name, "socket:[") &&
        absl::ConsumeSuffix(&name, "]") && absl::SimpleAtoi(name, &inode) &&
        absl::SimpleAtoi(entry->d_name, &number)) {
      numbers[inode] = number;
    }
  }
  closedir(directory);
  return numbers;
}

absl::StatusOr<UniqueFd> TakeSocket(int pidfd, int number, uint64_t inode) {
  UniqueFd socket(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, number, 0)));
  if (!socket.valid()) {
    return absl::ErrnoToStatus(errno, "cannot take a socket of the service");
  }
  // The number may be another's by now.
  if (SocketInode(socket.get()) != inode) {
    return absl::UnavailableError("the service closed its socket just now");
  }
  return socket;
}

}  // namespace

std::vector<ProcessEntry> AdopteeTree::Of(
    const std::vector<ProcessEntry>& all) {
  std::vector<ProcessEntry> tree;
  auto add = [&](const ProcessEntry& process) {
    if (Contains(tree, process)) return;
    for (const ProcessEntry& below : WithDescendants(process, all)) {
      if (!Contains(tree, below)) tree.push_back(below);
    }
  };
  for (const ProcessEntry& process : all) {
    // A session is named after the process that began it.
    if (IsSame(process, main_) ||
        (process.session == main_.pid &&
         process.start_ticks >= main_.start_ticks) ||
        Contains(known_, process)) {
      add(process);
    }
  }
  known_ = tree;
  return tree;
}

absl::StatusOr<Adoptee> FindAdoptee(
    const std::vector<EndpointAddress>& addresses, pid_t pid) {
  ASSIGN_OR_RETURN(std::vector<uint64_t> inodes, FindListeners(addresses));
  const std::vector<ProcessEntry> holders =
      FindHolders(ListProcesses(), inodes);
  Adoptee adoptee;
  if (pid == 0) {
    ASSIGN_OR_RETURN(adoptee.main, Topmost(holders, inodes[0]));
  } else {
    const auto named = std::find_if(
        holders.begin(), holders.end(),
        [pid](const ProcessEntry& holder) { return holder.pid == pid; });
    if (named == holders.end()) {
      return Refuse(absl::StrCat("process ", pid, " does not listen on ",
                                 addresses[0].ToString(), ", but ",
                                 DescribeSocketHolder(inodes[0]), " does"),
                    "name that one");
    }
    adoptee.main = *named;
  }
  adoptee.pidfd = OpenProcess(adoptee.main);
  if (!adoptee.pidfd.valid()) {
    return absl::UnavailableError(
        absl::StrCat("process ", adoptee.main.pid, " ended just now"));
  }
  std::map<uint64_t, int> numbers = SocketNumbers(adoptee.main.pid);
  for (uint64_t inode : inodes) {
    ASSIGN_OR_RETURN(UniqueFd socket,
                     TakeSocket(adoptee.pidfd.get(), numbers[inode], inode));
    adoptee.listeners.push_back(std::move(socket));
  }
  return adoptee;
}

void LetAddressBeShared(const std::vector<ProcessEntry>& processes,
                        const EndpointAddress& address) {
  auto connections = ListSocketsOf(SocketKind::kConnection, address.transport(),
                                   *address.ip());
  if (!connections.ok()) return;
  std::set<uint64_t> inodes;
  for (const SocketEntry& connection : *connections) {
    inodes.insert(connection.inode);
  }
  for (const ProcessEntry& process : processes) {
    const UniqueFd pidfd = OpenProcess(process);
    if (!pidfd.valid()) continue;
    for (const auto& [inode, number] : SocketNumbers(process.pid)) {
      if (inodes.count(inode) == 0) continue;
      auto socket = TakeSocket(pidfd.get(), number, inode);
      int on = 1;
      if (socket.ok()) {
        setsockopt(socket->get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      }
    }
  }
}

}  // namespace rollout::shim
