// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/cutoff.h"

#include <fcntl.h>
#include <sys/socket.h>

namespace rollout::probe {

void Cutoff::Watch(int fd) {
  MutexLock lock(&mutex_);
  fd_.reset(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (cut_) shutdown(fd_.get(), SHUT_RDWR);
}

void Cutoff::Cut() {
  MutexLock lock(&mutex_);
  cut_ = true;
  if (fd_.valid()) shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace rollout::probe
