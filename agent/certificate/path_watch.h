// SPDX-License-Identifier: Apache-2.0
//
// Tells when a file may have changed, whichever way: written, replaced, or one
// of the links that lead to it pointed elsewhere, as ACME clients do. The
// directories are watched, not the files: see inotify(7).

#ifndef AGENT_CERTIFICATE_PATH_WATCH_H_
#define AGENT_CERTIFICATE_PATH_WATCH_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace rollout::certificate {

// The directories whose entries decide what `path` leads to: those of every
// link on the way, and that of the file. As far as they are there.
std::set<std::string> DirectoriesOn(const std::string& path);

// Not thread-safe.
class PathWatch {
 public:
  PathWatch();
  PathWatch(const PathWatch&) = delete;
  PathWatch& operator=(const PathWatch&) = delete;

  // Watches what leads to `paths` now, and forgets what was told. A change that
  // is made from now on is told; read the files after this. What can't be
  // watched is logged: look at it from time to time.
  void Follow(const std::vector<std::string>& paths);

  // Readable: something may have changed since. -1: nothing is ever told.
  int fd() const { return inotify_.get(); }

 private:
  UniqueFd inotify_;
  // Directories, to their watches.
  std::map<std::string, int> watches_;
};

}  // namespace rollout::certificate

#endif  // AGENT_CERTIFICATE_PATH_WATCH_H_
