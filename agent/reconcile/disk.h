// SPDX-License-Identifier: Apache-2.0
//
// The thread on which the agent writes and removes its small files, so that the
// loop that steers services never waits for a disk.

#ifndef AGENT_RECONCILE_DISK_H_
#define AGENT_RECONCILE_DISK_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "base/event_loop.h"
#include "base/file_system.h"

namespace rollout::agent {

// What is asked for is done in that order. What fails is logged: only what the
// agent knows after a restart depends on it. From any thread.
class Disk {
 public:
  // `files` must outlive this.
  explicit Disk(FileSystem* files);
  // As Finish.
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // `trouble` is what the log says before the reason if the work fails: "swap
  // report not kept".
  void Do(std::string trouble, std::function<absl::Status(FileSystem&)> work);

  // Runs `task`, on the disk's thread, once all that was asked for before is
  // done.
  void Then(std::function<void()> task);

  // Returns when all that was asked for is done. Not from a task.
  void Finish();

 private:
  FileSystem& files_;
  EventLoop thread_;
};

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_DISK_H_
