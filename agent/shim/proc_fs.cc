// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/proc_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rollout::shim {
namespace {

// The beginning of a file that the kernel makes at one go; a line or two are
// wanted of it.
std::string ReadShortFile(const std::string& path) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[2048];
  ssize_t size = file.valid() ? read(file.get(), buffer, sizeof buffer) : -1;
  return std::string(buffer, std::max<ssize_t>(size, 0));
}

// Calls `visit` with each name in the directory that is a number. False: it
// can't be read.
bool VisitNumbers(const std::string& path,
                  const std::function<void(int number)>& visit) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return false;
  while (const dirent* entry = readdir(directory)) {
    int number;
    if (absl::SimpleAtoi(entry->d_name, &number)) visit(number);
  }
  closedir(directory);
  return true;
}

// The sockets in a directory of descriptors; false: it can't be read.
bool AddSocketInodes(const std::string& directory, std::set<uint64_t>* inodes) {
  return VisitNumbers(directory, [&](int fd) {
    char target[64];
    ssize_t size = readlink(absl::StrCat(directory, "/", fd).c_str(), target,
                            sizeof target);
    if (size <= 0) return;
    absl::string_view text(target, size);
    uint64_t inode;
    if (absl::ConsumePrefix(&text, "socket:[") &&
        absl::ConsumeSuffix(&text, "]") && absl::SimpleAtoi(text, &inode)) {
      inodes->insert(inode);
    }
  });
}

std::string ReadStat(pid_t pid) {
  return ReadShortFile(absl::StrCat("/proc/", pid, "/stat"));
}

// Counted from the state, which is field 3 of proc(5), in "PID (NAME) STATE
// PARENT GROUP SESSION ...": a name may hold anything.
std::vector<absl::string_view> FieldsOf(absl::string_view stat) {
  const size_t name_end = stat.rfind(") ");
  if (name_end == absl::string_view::npos) return {};
  return absl::StrSplit(stat.substr(name_end + 2), ' ');
}

// False: the kernel does not tell, or the thread is gone.
bool AddChildren(const std::string& path, std::vector<pid_t>* children) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return false;
  const std::string text = ReadAll(file.get());
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    pid_t pid;
    if (absl::SimpleAtoi(word, &pid)) children->push_back(pid);
  }
  return true;
}

}  // namespace

std::string ReadAll(int file) {
  std::string content;
  char buffer[4096];
  ssize_t size;
  while ((size = read(file, buffer, sizeof buffer)) > 0) {
    content.append(buffer, size);
  }
  return content;
}

std::string ReadFile(const std::string& path) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.valid() ? ReadAll(file.get()) : "";
}

std::optional<ProcessEntry> ReadProcess(pid_t pid) {
  const std::string stat = ReadStat(pid);
  const std::vector<absl::string_view> fields = FieldsOf(stat);
  constexpr int kState = 0, kParent = 1, kSession = 3, kThreads = 17;
  constexpr int kStart = 19;
  if (fields.size() <= kStart) return std::nullopt;
  // A dead first thread may have others that still live, or are still dying.
  const bool is_dead = fields[kState] == "Z" && fields[kThreads] == "1";
  if (is_dead || fields[kState] == "X") return std::nullopt;
  ProcessEntry entry;
  entry.pid = pid;
  if (!absl::SimpleAtoi(fields[kParent], &entry.parent) ||
      !absl::SimpleAtoi(fields[kSession], &entry.session) ||
      !absl::SimpleAtoi(fields[kStart], &entry.start_ticks)) {
    return std::nullopt;
  }
  return entry;
}

bool IsSame(const ProcessEntry& a, const ProcessEntry& b) {
  return a.pid == b.pid && a.start_ticks == b.start_ticks;
}

UniqueFd OpenProcess(const ProcessEntry& process) {
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  // It is of whoever has the number now; it is good if that is still the one.
  const auto now = ReadProcess(process.pid);
  const bool is_good = now.has_value() && IsSame(*now, process);
  return is_good ? std::move(pidfd) : UniqueFd();
}

std::string ProgramOf(pid_t pid) {
  const std::string stat = ReadStat(pid);
  const std::vector<absl::string_view> fields = FieldsOf(stat);
  // startcode, startstack, env_end: places that are drawn anew (ASLR), and the
  // last moves with the environment besides.
  constexpr int kStartCode = 23, kStartStack = 25, kEnvironmentEnd = 48;
  if (fields.size() <= kEnvironmentEnd || fields[kStartStack] == "0") return "";
  return absl::StrCat(fields[kStartCode], " ", fields[kStartStack], " ",
                      fields[kEnvironmentEnd]);
}

bool CatchesSignal(pid_t pid, int signal) {
  const std::string status = ReadFile(absl::StrCat("/proc/", pid, "/status"));
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    if (!absl::ConsumePrefix(&line, "SigCgt:\t")) continue;
    const uint64_t caught =
        std::strtoull(std::string(line).c_str(), nullptr, 16);
    return ((caught >> (signal - 1)) & 1) != 0;
  }
  return false;
}

std::vector<ProcessEntry> ListProcesses() {
  std::vector<ProcessEntry> processes;
  VisitNumbers("/proc", [&](int pid) {
    if (auto entry = ReadProcess(pid)) processes.push_back(*entry);
  });
  return processes;
}

std::optional<std::vector<pid_t>> OwnChildren() {
  std::vector<pid_t> children;
  if (!AddChildren("/proc/thread-self/children", &children)) {
    return std::nullopt;
  }
  return children;
}

std::optional<std::vector<pid_t>> ChildrenOf(pid_t pid) {
  // Twice: a child is passed over when one before it ends at that instant.
  std::vector<pid_t> children, again;
  bool known = false;
  const std::string tasks = absl::StrCat("/proc/", pid, "/task");
  VisitNumbers(tasks, [&](int task) {
    const std::string path = absl::StrCat(tasks, "/", task, "/children");
    known |= AddChildren(path, &children) && AddChildren(path, &again);
  });
  if (!known || children != again) return std::nullopt;
  return children;
}

pid_t ProcessOfThread(pid_t thread) {
  // The line is one of the first.
  std::string status = ReadShortFile(absl::StrCat("/proc/", thread, "/status"));
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    pid_t process;
    if (absl::ConsumePrefix(&line, "Tgid:") &&
        absl::SimpleAtoi(line, &process)) {
      return process;
    }
  }
  return 0;
}

std::optional<std::set<uint64_t>> SocketInodes(pid_t pid) {
  const std::string directory = absl::StrCat("/proc/", pid);
  std::set<uint64_t> inodes;
  bool known = AddSocketInodes(directory + "/fd", &inodes);
  if (inodes.empty()) {
    // A first thread that has ended shows nothing of what the others share.
    VisitNumbers(directory + "/task", [&](int task) {
      known |= AddSocketInodes(absl::StrCat(directory, "/task/", task, "/fd"),
                               &inodes);
    });
  }
  if (!known && ReadProcess(pid).has_value()) return std::nullopt;
  return inodes;
}

std::set<uint64_t> UnixSocketInodes() {
  std::set<uint64_t> inodes;
  const std::string table = ReadFile("/proc/net/unix");
  for (absl::string_view line : absl::StrSplit(table, '\n')) {
    // "NUM: REFERENCES PROTOCOL FLAGS TYPE STATE INODE PATH", columns padded.
    constexpr size_t kInode = 6;
    std::vector<absl::string_view> fields =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    uint64_t inode;
    if (fields.size() > kInode && absl::SimpleAtoi(fields[kInode], &inode)) {
      inodes.insert(inode);
    }
  }
  return inodes;
}

std::string LastPid() {
  // "0.00 0.01 0.05 1/153 LAST"
  std::string load = ReadShortFile("/proc/loadavg");
  return load.substr(load.rfind(' ') + 1);
}

bool StartedWithEnvironment(pid_t pid, absl::string_view name_and_value) {
  std::string environment = ReadFile(absl::StrCat("/proc/", pid, "/environ"));
  for (absl::string_view entry : absl::StrSplit(environment, '\0')) {
    if (entry == name_and_value) return true;
  }
  return false;
}

std::string DescribeSocketHolder(uint64_t inode) {
  for (const ProcessEntry& process : ListProcesses()) {
    auto inodes = SocketInodes(process.pid);
    if (!inodes.has_value() || inodes->count(inode) == 0) continue;
    std::string name = ReadFile(absl::StrCat("/proc/", process.pid, "/comm"));
    return absl::StrCat(absl::StripSuffix(name, "\n"), " (pid ", process.pid,
                        ")");
  }
  return "a process that can't be seen";
}

}  // namespace rollout::shim
