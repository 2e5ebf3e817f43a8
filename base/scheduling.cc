// SPDX-License-Identifier: Apache-2.0

#include "base/scheduling.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

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

// SCHED_FLAG_RESET_ON_FORK
constexpr uint64_t kNotForChildren = 1;
// The shortest the kernel grants.
constexpr uint64_t kSliceNs = 100000;
constexpr int32_t kNice = -10;

bool Set(const SchedulingAttributes& attributes) {
  return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

// As write(2): 0, or the error.
int SetSessionNice(pid_t process, int32_t nice) {
  // Without autogroup there is no such file.
  UniqueFd file(open(absl::StrCat("/proc/", process, "/autogroup").c_str(),
                     O_WRONLY | O_CLOEXEC));
  const std::string text = absl::StrCat(nice);
  if (!file.valid()) return 0;
  return write(file.get(), text.data(), text.size()) < 0 ? errno : 0;
}

}  // namespace

void RunAhead() {
  SchedulingAttributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 ||
      attributes.policy != SCHED_OTHER) {
    return;  // somebody has chosen otherwise
  }
  attributes.size = sizeof attributes;
  attributes.flags = kNotForChildren;
  attributes.runtime_ns = kSliceNs;
  const int32_t before = attributes.nice;
  attributes.nice = std::min(before, kNice);
  if (Set(attributes)) return;
  // Without CAP_SYS_NICE.
  attributes.nice = before;
  Set(attributes);
}

void RunSessionAhead() { SetSessionNice(getpid(), kNice); }

void BeginHeadStart(pid_t process) { SetSessionNice(process, kNice); }

bool EndHeadStart(pid_t process) {
  return SetSessionNice(process, 0) != EAGAIN;
}

}  // namespace rollout
