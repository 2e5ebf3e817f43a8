// SPDX-License-Identifier: Apache-2.0

#include "agent/resources/usage.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "agent/resources/control_groups.h"
#include "base/proto_time.h"

namespace rollout::agent {
namespace {

constexpr const char* kFigures[] = {
    "cpu.stat",      "memory.current",        "memory.peak",
    "memory.events", "memory.usage_in_bytes", "memory.max_usage_in_bytes",
    "cpuacct.usage", "memory.oom_control"};

// The N of a line "NAME N".
std::optional<uint64_t> NumberAfter(absl::string_view name,
                                    absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    uint64_t number;
    if (!absl::ConsumePrefix(&line, name)) continue;
    line = absl::StripSuffix(line, " kB");
    if (absl::SimpleAtoi(line, &number)) return number;
  }
  return std::nullopt;
}

// What one process adds.
struct Process {
  int parent = 0;
  uint64_t threads = 0;
  // With its children that it has waited for.
  absl::Duration cpu;
};

// "PID (NAME) STATE PPID ..."; NAME may have anything in it.
std::optional<Process> ReadProcess(FileSystem& files, int pid) {
  const std::string text =
      files.Read(absl::StrCat("/proc/", pid, "/stat")).value_or("");
  const size_t end = text.rfind(") ");
  if (end == std::string::npos) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(text).substr(end + 2), ' ');
  // Counted from the state, which is field 3 in proc(5).
  constexpr size_t kParent = 1, kUserTime = 11, kThreads = 17;
  Process process;
  if (fields.size() <= kThreads || fields[0] == "Z" ||
      !absl::SimpleAtoi(fields[kParent], &process.parent) ||
      !absl::SimpleAtoi(fields[kThreads], &process.threads)) {
    return std::nullopt;
  }
  for (size_t field = kUserTime; field < kUserTime + 4; ++field) {
    int64_t ticks = 0;
    if (!absl::SimpleAtoi(fields[field], &ticks)) return std::nullopt;
    process.cpu += ticks * absl::Seconds(1) / sysconf(_SC_CLK_TCK);
  }
  return process;
}

// The processes of the groups from `group` down.
std::set<int> ProcessesIn(FileSystem& files, const std::string& group) {
  std::vector<std::string> groups = {group};
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(group, error), end;
  while (!error && entry != end) {
    if (entry->is_directory(error)) groups.push_back(entry->path());
    if (!error) entry.increment(error);
  }
  std::set<int> processes;
  for (const std::string& each : groups) {
    const std::string list = files.Read(each + "/cgroup.procs").value_or("");
    for (absl::string_view line : absl::StrSplit(list, '\n')) {
      int pid;
      if (absl::SimpleAtoi(line, &pid) && pid > 0) processes.insert(pid);
    }
  }
  return processes;
}

// `main` and all that descend from it.
std::set<int> Descendants(FileSystem& files, int main) {
  std::multimap<int, int> children;
  for (const std::string& name :
       files.List("/proc").value_or(std::vector<std::string>())) {
    int pid;
    if (!absl::SimpleAtoi(name, &pid)) continue;
    if (auto process = ReadProcess(files, pid)) {
      children.emplace(process->parent, pid);
    }
  }
  std::set<int> found;
  std::vector<int> open = {main};
  while (!open.empty()) {
    const int pid = open.back();
    open.pop_back();
    if (!found.insert(pid).second) continue;
    auto [first, last] = children.equal_range(pid);
    for (auto child = first; child != last; ++child) {
      open.push_back(child->second);
    }
  }
  return found;
}

void AddProcesses(FileSystem& files, const std::set<int>& processes,
                  v1::ResourceUsage* usage) {
  uint64_t alive = 0, threads = 0, descriptors = 0;
  uint64_t anonymous = 0, most_files = 0, most_shared = 0;
  absl::Duration cpu;
  for (int pid : processes) {
    const std::optional<Process> process = ReadProcess(files, pid);
    if (!process.has_value()) continue;
    ++alive;
    threads += process->threads;
    cpu += process->cpu;
    descriptors += files.List(absl::StrCat("/proc/", pid, "/fd"))
                       .value_or(std::vector<std::string>())
                       .size();
    const std::string status =
        files.Read(absl::StrCat("/proc/", pid, "/status")).value_or("");
    anonymous += NumberAfter("RssAnon:", status).value_or(0);
    most_files =
        std::max(most_files, NumberAfter("RssFile:", status).value_or(0));
    most_shared =
        std::max(most_shared, NumberAfter("RssShmem:", status).value_or(0));
  }
  if (alive == 0) return;
  usage->set_processes(alive);
  usage->set_threads(threads);
  usage->set_descriptors(descriptors);
  if (!usage->has_cpu_time()) *usage->mutable_cpu_time() = ToProto(cpu);
  if (!usage->has_memory_bytes()) {
    usage->set_memory_bytes((anonymous + most_files + most_shared) * 1024);
  }
}

}  // namespace

void AskForFigures(shim::v1::StartRequest* request) {
  for (const char* file : kFigures) request->add_group_figures(file);
}

void AddFigure(absl::string_view file, absl::string_view content,
               v1::ResourceUsage* usage) {
  const absl::string_view whole = absl::StripAsciiWhitespace(content);
  uint64_t number = 0;
  const bool is_number = absl::SimpleAtoi(whole, &number);
  if (file == "cpu.stat") {
    if (auto used = NumberAfter("usage_usec ", content)) {
      *usage->mutable_cpu_time() =
          ToProto(absl::Microseconds(static_cast<int64_t>(*used)));
    }
  } else if (file == "memory.events" || file == "memory.oom_control") {
    if (auto kills = NumberAfter("oom_kill ", content)) {
      usage->set_oom_kills(*kills);
    }
  } else if (!is_number) {
    return;
  } else if (file == "cpuacct.usage") {
    *usage->mutable_cpu_time() =
        ToProto(absl::Nanoseconds(static_cast<int64_t>(number)));
  } else if (file == "memory.current" || file == "memory.usage_in_bytes") {
    usage->set_memory_bytes(number);
  } else if (file == "memory.peak" || file == "memory.max_usage_in_bytes") {
    usage->set_peak_memory_bytes(number);
  }
}

v1::ResourceUsage ReadUsage(FileSystem& files, int main,
                            absl::string_view group) {
  v1::ResourceUsage usage;
  auto memberships = MembershipsOf(files, main);
  if (!memberships.ok()) return usage;
  std::set<int> processes;
  for (const char* controller : {"", "memory", "cpuacct"}) {
    auto path = ControlGroupOf(*memberships, controller);
    // One of another name is not only this generation's.
    if (!path.ok() || !absl::EndsWith(*path, absl::StrCat("/", group))) {
      continue;
    }
    if (processes.empty()) processes = ProcessesIn(files, *path);
    for (const char* file : kFigures) {
      auto content = files.Read(absl::StrCat(*path, "/", file));
      if (content.ok()) AddFigure(file, *content, &usage);
    }
  }
  if (processes.empty()) processes = Descendants(files, main);
  AddProcesses(files, processes, &usage);
  return usage;
}

void MergeUsage(const v1::ResourceUsage& now, v1::ResourceUsage* known) {
  const uint64_t peak = std::max({known->peak_memory_bytes(),
                                  now.peak_memory_bytes(), now.memory_bytes()});
  known->MergeFrom(now);
  if (peak > 0) known->set_peak_memory_bytes(peak);
}

}  // namespace rollout::agent
