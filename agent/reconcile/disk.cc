// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/disk.h"

#include <utility>

#include "base/log.h"

namespace rollout::agent {

Disk::Disk(FileSystem* files) : files_(*files) {}

Disk::~Disk() { Finish(); }

void Disk::Do(std::string trouble,
              std::function<absl::Status(FileSystem&)> work) {
  thread_.Post([this, trouble = std::move(trouble), work = std::move(work)] {
    absl::Status done = work(files_);
    if (!done.ok()) LogError(trouble, ": ", done.message());
  });
}

void Disk::Then(std::function<void()> task) { thread_.Post(std::move(task)); }

void Disk::Finish() {
  thread_.Run([] {});
}

}  // namespace rollout::agent
