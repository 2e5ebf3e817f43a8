// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/process_limits.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "absl/base/config.h"

namespace rollout::gitops {
namespace {

constexpr rlim_t kMemoryBytes = 512u << 20;
constexpr rlim_t kFileBytes = rlim_t{4} << 30;

#ifdef ABSL_HAVE_ADDRESS_SANITIZER
constexpr bool kLimitsMemory = false;
#else
constexpr bool kLimitsMemory = true;
#endif

// The soft limit, which may be raised again.
void Limit(decltype(RLIMIT_AS) resource, rlim_t most) {
  rlimit limit;
  getrlimit(resource, &limit);
  limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
  setrlimit(resource, &limit);
}

}  // namespace

void LimitProcess() {
  umask(077);
  // Otherwise each thread reserves 64 MiB of addresses for itself.
  mallopt(M_ARENA_MAX, 1);
  // Write fails instead: EFBIG.
  signal(SIGXFSZ, SIG_IGN);
  if (kLimitsMemory) Limit(RLIMIT_AS, kMemoryBytes);
  Limit(RLIMIT_FSIZE, kFileBytes);
  Limit(RLIMIT_CORE, 0);
}

void LiftMemoryLimit() { Limit(RLIMIT_AS, RLIM_INFINITY); }

}  // namespace rollout::gitops
