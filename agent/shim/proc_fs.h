// SPDX-License-Identifier: Apache-2.0
//
// What /proc tells of processes: parents, sessions, descriptors, names.

#ifndef AGENT_SHIM_PROC_FS_H_
#define AGENT_SHIM_PROC_FS_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// All that can still be read from `file`.
std::string ReadAll(int file);
// The whole of it; empty when it can't be read: the process is gone, mostly.
std::string ReadFile(const std::string& path);

struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  // In clock ticks since boot; with the pid it names a process for good.
  uint64_t start_ticks = 0;
};

bool IsSame(const ProcessEntry& a, const ProcessEntry& b);

// A pidfd (pidfd_open(2)) of just that one; none: it is gone.
UniqueFd OpenProcess(const ProcessEntry& process);

// One process; none: it is gone, or all of its threads are dead and it waits
// for its parent.
std::optional<ProcessEntry> ReadProcess(pid_t pid);

// What tells one execve(2) from the next: the same in a process and those it
// forks, until one of them executes a program. Empty: gone, or not told.
std::string ProgramOf(pid_t pid);

// Whether it has a handler for `signal`.
bool CatchesSignal(pid_t pid, int signal);

// All processes that live. Takes about 10 us each.
std::vector<ProcessEntry> ListProcesses();

// The children of this process, dead ones too until they are waited for. Only
// what its main thread has forked or been given as the subreaper. None: this
// kernel does not tell (CONFIG_PROC_CHILDREN).
std::optional<std::vector<pid_t>> OwnChildren();

// The children of all threads of `pid`. None: they are changing, it is gone, or
// as above.
std::optional<std::vector<pid_t>> ChildrenOf(pid_t pid);

// The process a thread belongs to; 0: gone.
pid_t ProcessOfThread(pid_t thread);

// Inodes of the sockets that `pid` holds; empty when it is gone. None: it
// lives, and its descriptors can't be read.
std::optional<std::set<uint64_t>> SocketInodes(pid_t pid);

// Inodes of all Unix sockets of this network namespace.
std::set<uint64_t> UnixSocketInodes();

// The number given to a process or thread last, in this process's namespace:
// while it stays the same, nobody has forked.
std::string LastPid();

// Whether the environment it was started with has that "NAME=value".
bool StartedWithEnvironment(pid_t pid, absl::string_view name_and_value);

// "nginx (pid 812)": who holds the socket; "a process that can't be seen" if
// none is found.
std::string DescribeSocketHolder(uint64_t inode);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_PROC_FS_H_
