// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/path_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/log.h"

namespace rollout::certificate {
namespace {

// As the kernel's own bound for a path.
constexpr int kMostLinks = 40;

std::deque<std::string> Components(absl::string_view path) {
  return absl::StrSplit(path, '/', absl::SkipEmpty());
}

}  // namespace

std::set<std::string> DirectoriesOn(const std::string& path) {
  std::set<std::string> directories;
  std::deque<std::string> rest = Components(path);
  std::string here;  // without a '/' at its end
  int links = 0;
  while (!rest.empty() && links < kMostLinks) {
    const std::string name = rest.front();
    rest.pop_front();
    if (name == ".") continue;
    if (name == "..") {
      here.resize(here.empty() ? 0 : here.rfind('/'));
      continue;
    }
    const std::string next = absl::StrCat(here, "/", name);
    char target[4096];
    const ssize_t size = readlink(next.c_str(), target, sizeof target);
    if (size < 0) {
      if (rest.empty()) directories.insert(here.empty() ? "/" : here);
      here = next;
      continue;
    }
    ++links;
    directories.insert(here.empty() ? "/" : here);
    const absl::string_view to(target, size);
    std::deque<std::string> more = Components(to);
    rest.insert(rest.begin(), more.begin(), more.end());
    if (absl::StartsWith(to, "/")) here.clear();
  }
  return directories;
}

PathWatch::PathWatch() : inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (inotify_.valid()) return;
  LogWarning("certificates are looked at once a minute only: inotify: ",
             std::strerror(errno));
}

void PathWatch::Follow(const std::vector<std::string>& paths) {
  if (!inotify_.valid()) return;
  constexpr uint32_t kChanges = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
                                IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |
                                IN_DELETE_SELF | IN_MOVE_SELF;
  char told[4096];
  while (read(inotify_.get(), told, sizeof told) > 0) {
  }
  std::map<std::string, int> watches;
  for (const std::string& path : paths) {
    for (const std::string& directory : DirectoriesOn(path)) {
      // One that is watched keeps its number; one that was replaced gets one.
      const int watch =
          inotify_add_watch(inotify_.get(), directory.c_str(), kChanges);
      if (watch >= 0) {
        watches[directory] = watch;
      } else if (watches_.count(directory) > 0 || watches_.empty()) {
        LogWarning(directory, " is looked at once a minute only: inotify: ",
                   std::strerror(errno));
      }
    }
  }
  std::set<int> kept;
  for (const auto& [directory, watch] : watches) kept.insert(watch);
  for (const auto& [directory, watch] : watches_) {
    if (kept.count(watch) == 0) inotify_rm_watch(inotify_.get(), watch);
  }
  watches_ = std::move(watches);
}

}  // namespace rollout::certificate
