// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/path_watch.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "base/log.h"

namespace rollout::shim {

PathWatch::~PathWatch() {
  if (inotify_.valid()) loop_.Unwatch(inotify_.get());
}

void PathWatch::Add(const std::string& directory) {
  if (!inotify_.valid()) {
    inotify_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    absl::Status status =
        inotify_.valid()
            ? loop_.Watch(inotify_.get(), EPOLLIN, [this](uint32_t) { Read(); })
            : absl::ErrnoToStatus(errno, "inotify");
    if (!status.ok()) {
      LogWarning("cannot watch ", directory, ": ", status.message());
      inotify_.reset();
      return;
    }
  }
  if (inotify_add_watch(inotify_.get(), directory.c_str(),
                        IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE |
                            IN_ONLYDIR) < 0) {
    LogWarning("cannot watch ", directory, ": ", std::strerror(errno));
  }
}

void PathWatch::Read() {
  alignas(inotify_event) char buffer[8192];
  ssize_t size;
  while ((size = read(inotify_.get(), buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += sizeof *event + event->len;
      const bool overflow = (event->mask & IN_Q_OVERFLOW) != 0;
      if (overflow || event->len > 0) on_change_(overflow ? "" : event->name);
    }
  }
}

}  // namespace rollout::shim
