// SPDX-License-Identifier: Apache-2.0

#include "tests/soak/holdings.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/resources/control_groups.h"
#include "base/file_system.h"

namespace rollout::soak {
namespace {

namespace fs = std::filesystem;

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What is there may go while we look.
double CountEntries(const std::string& directory) {
  std::error_code gone;
  fs::directory_iterator entries(directory, gone);
  return gone ? 0 : std::distance(entries, fs::directory_iterator());
}

// "VmRSS:     5120 kB"
double Resident(const std::string& status) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    absl::string_view rest = line;
    int64_t kib = 0;
    if (absl::ConsumePrefix(&rest, "VmRSS:") &&
        absl::SimpleAtoi(absl::StripSuffix(rest, " kB"), &kib)) {
      return kib;
    }
  }
  return 0;
}

// A child belongs to the thread that has made it.
double CountChildren(const std::string& process) {
  double count = 0;
  std::error_code gone;
  for (const auto& thread : fs::directory_iterator(process + "/task", gone)) {
    std::istringstream children(Read(thread.path() / "children"));
    count += std::distance(std::istream_iterator<pid_t>(children),
                           std::istream_iterator<pid_t>());
  }
  return count;
}

}  // namespace

ProcessHoldings HoldingsOf(pid_t process) {
  const std::string path = absl::StrCat("/proc/", process);
  ProcessHoldings holdings;
  holdings.descriptors = CountEntries(path + "/fd");
  holdings.threads = CountEntries(path + "/task");
  holdings.children = CountChildren(path);
  holdings.resident_kib = Resident(Read(path + "/status"));
  return holdings;
}

double CountProcesses() {
  double count = 0;
  for (const auto& process : fs::directory_iterator("/proc")) {
    pid_t pid;
    count += absl::SimpleAtoi(process.path().filename().string(), &pid);
  }
  return count;
}

double CountControlGroups() {
  PosixFileSystem files;
  auto process = agent::OwnMemberships(files);
  if (!process.ok()) return 0;
  auto own = agent::ControlGroupOf(*process);
  if (!own.ok()) return 0;
  double count = 0;
  std::error_code gone;
  for (const auto& entry : fs::recursive_directory_iterator(*own, gone)) {
    count += entry.is_directory(gone);
  }
  return count;
}

DiskHoldings HoldingsOf(
    const std::string& directory,
    const std::function<bool(const std::string& path)>& counts) {
  DiskHoldings holdings;
  std::error_code gone;
  for (fs::recursive_directory_iterator entry(directory, gone), end;
       !gone && entry != end; entry.increment(gone)) {
    struct stat status;
    const std::string path = entry->path().string();
    if (!counts(path) || lstat(path.c_str(), &status) != 0) continue;
    ++holdings.entries;
    // st_blocks counts in 512 bytes, always.
    holdings.kib += status.st_blocks / 2.0;
  }
  return holdings;
}

}  // namespace rollout::soak
