// SPDX-License-Identifier: Apache-2.0

#include "base/scheduling.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
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

// Of a thread, 0: the calling one. None: somebody has chosen another policy for
// it.
std::optional<SchedulingAttributes> UsualAttributes(pid_t thread) {
  SchedulingAttributes attributes{};
  if (syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) !=
          0 ||
      attributes.policy != SCHED_OTHER) {
    return std::nullopt;
  }
  attributes.size = sizeof attributes;
  return attributes;
}

bool Set(pid_t thread, const SchedulingAttributes& attributes) {
  return syscall(SYS_sched_setattr, thread, &attributes, 0) == 0;
}

// `process` as in /proc.
void SetSessionNice(const std::string& process, int32_t nice) {
  // Without autogroup there is no such file.
  UniqueFd file(open(absl::StrCat("/proc/", process, "/autogroup").c_str(),
                     O_WRONLY | O_CLOEXEC));
  const std::string text = absl::StrCat(nice);
  if (file.valid() && write(file.get(), text.data(), text.size()) < 0) {
    return;  // not granted
  }
}

}  // namespace

void RunAhead() {
  auto attributes = UsualAttributes(0);
  if (!attributes.has_value()) return;
  attributes->flags = kNotForChildren;
  attributes->runtime_ns = kSliceNs;
  const int32_t before = attributes->nice;
  attributes->nice = std::min(before, kNice);
  if (Set(0, *attributes)) return;
  // Without CAP_SYS_NICE.
  attributes->nice = before;
  Set(0, *attributes);
}

void RunSessionAhead() { SetSessionNice("self", kNice); }

void BeginHeadStart() {
  auto attributes = UsualAttributes(0);
  if (!attributes.has_value()) return;
  attributes->flags = kNotForChildren;
  attributes->nice = kNice;
  if (Set(0, *attributes)) SetSessionNice("self", kNice);
}

void EndHeadStart(pid_t process) {
  SetSessionNice(absl::StrCat(process), 0);
  auto attributes = UsualAttributes(process);
  if (!attributes.has_value() || attributes->nice != kNice) return;
  attributes->flags = 0;
  attributes->nice = 0;
  Set(process, *attributes);
}

}  // namespace rollout
