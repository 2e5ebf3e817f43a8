// SPDX-License-Identifier: Apache-2.0

#include "base/scheduling.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace rollout {
namespace {

// struct sched_attr of linux/sched/types.h, which does not go with sched.h.
struct SchedulingAttributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime_ns;
  uint64_t deadline_ns;
  uint64_t period_ns;
};

// The shortest the kernel grants.
constexpr uint64_t kShortNs = 100000;

void AskForSlices(uint64_t ns) {
  SchedulingAttributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 ||
      attributes.policy != SCHED_OTHER) {
    return;  // somebody has chosen otherwise
  }
  attributes.size = sizeof attributes;
  attributes.runtime_ns = ns;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

void AskForShortSlices() { AskForSlices(kShortNs); }

void AskForUsualSlices() { AskForSlices(0); }

}  // namespace rollout
