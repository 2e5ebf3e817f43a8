// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/kernel_counters.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rollout::agent {
namespace {

struct Counter {
  // "GROUP: NAME".
  const char* name;
  void (v1::KernelCounters::*set)(uint64_t);
};

constexpr Counter kCounters[] = {
    {"TcpExt: ListenOverflows", &v1::KernelCounters::set_listen_overflows},
    {"TcpExt: ListenDrops", &v1::KernelCounters::set_listen_drops},
    {"Tcp: AttemptFails", &v1::KernelCounters::set_attempt_fails},
    {"Tcp: EstabResets", &v1::KernelCounters::set_estab_resets},
    {"Tcp: OutRsts", &v1::KernelCounters::set_out_resets},
    {"TcpExt: TCPMigrateReqSuccess", &v1::KernelCounters::set_migrated},
    {"TcpExt: TCPMigrateReqFailure",
     &v1::KernelCounters::set_migrations_failed},
};

}  // namespace

void AddKernelCounters(absl::string_view text, v1::KernelCounters* counters) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  for (size_t i = 0; i + 1 < lines.size(); i += 2) {
    const std::vector<absl::string_view> names = absl::StrSplit(lines[i], ' ');
    const std::vector<absl::string_view> values =
        absl::StrSplit(lines[i + 1], ' ');
    const size_t both = std::min(names.size(), values.size());
    for (size_t j = 1; j < both; ++j) {
      const std::string name = absl::StrCat(names[0], " ", names[j]);
      for (const Counter& counter : kCounters) {
        uint64_t value;
        if (name == counter.name && absl::SimpleAtoi(values[j], &value)) {
          (counters->*counter.set)(value);
        }
      }
    }
  }
}

v1::KernelCounters ReadKernelCounters(FileSystem& files) {
  v1::KernelCounters counters;
  for (const char* path : {"/proc/net/snmp", "/proc/net/netstat"}) {
    AddKernelCounters(files.Read(path).value_or(""), &counters);
  }
  return counters;
}

}  // namespace rollout::agent
