// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/successor.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rollout::shim {
namespace {

// It came after the predecessor was asked, and has executed a program since.
bool IsNewProgram(const ProcessEntry& process, const AwaitedProcess& awaited) {
  for (const ProcessEntry& before : awaited.before) {
    if (IsSame(before, process)) return false;
  }
  const std::string program = ProgramOf(process.pid);
  return !program.empty() && program != awaited.predecessors_program;
}

std::string NameOf(pid_t pid) {
  return ReadFile(absl::StrCat("/proc/", pid, "/comm"));
}

bool HoldsAll(pid_t pid, const std::set<uint64_t>& inodes) {
  const auto held = SocketInodes(pid);
  return held.has_value() && !inodes.empty() &&
         std::includes(held->begin(), held->end(), inodes.begin(),
                       inodes.end());
}

}  // namespace

std::optional<ProcessEntry> FindSuccessor(const AwaitedProcess& awaited,
                                          const std::vector<ProcessEntry>& tree,
                                          const std::set<uint64_t>& listeners,
                                          const std::string& pid_file) {
  const pid_t named = ReadPidFile(pid_file);
  std::vector<ProcessEntry> found;
  for (const ProcessEntry& process : tree) {
    if (IsNewProgram(process, awaited) && HoldsAll(process.pid, listeners)) {
      found.push_back(process);
    }
  }
  // Those below it have inherited all that, too.
  for (const ProcessEntry& process : found) {
    const bool is_below = std::any_of(found.begin(), found.end(),
                                      [&process](const ProcessEntry& other) {
                                        return other.pid == process.parent;
                                      });
    if (!is_below && (pid_file.empty() || process.pid == named)) return process;
  }
  return std::nullopt;
}

std::vector<ProcessEntry> FindStrays(const AwaitedProcess& awaited,
                                     const std::vector<ProcessEntry>& tree,
                                     pid_t main) {
  std::vector<ProcessEntry> strays;
  for (const ProcessEntry& process : tree) {
    if (process.parent == main && IsNewProgram(process, awaited) &&
        NameOf(process.pid) == NameOf(main)) {
      strays.push_back(process);
    }
  }
  return strays;
}

pid_t ReadPidFile(const std::string& pid_file) {
  pid_t named = 0;
  const std::string text = ReadFile(pid_file);
  return absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &named) ? named : 0;
}

}  // namespace rollout::shim
