// SPDX-License-Identifier: Apache-2.0
//
// Notices when a file is taken from a directory, or put there, by whomever.

#ifndef AGENT_SHIM_PATH_WATCH_H_
#define AGENT_SHIM_PATH_WATCH_H_

#include <functional>
#include <string>
#include <utility>

#include "agent/shim/epoll_loop.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// Not thread-safe.
class PathWatch {
 public:
  // `on_change` is told the name of each such file; after more than the kernel
  // keeps, "" for all. `loop` must outlive this.
  PathWatch(EpollLoop& loop,
            std::function<void(const std::string& name)> on_change)
      : loop_(loop), on_change_(std::move(on_change)) {}
  ~PathWatch();
  PathWatch(const PathWatch&) = delete;
  PathWatch& operator=(const PathWatch&) = delete;

  // From now on; one that is watched is fine. Where that fails, which is
  // logged, nothing is noticed.
  void Add(const std::string& directory);

 private:
  void Read();

  EpollLoop& loop_;
  const std::function<void(const std::string&)> on_change_;
  // Made when first needed.
  UniqueFd inotify_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_PATH_WATCH_H_
