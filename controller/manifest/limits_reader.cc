// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/limits_reader.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/byte_size.h"
#include "controller/manifest/names.h"

namespace rollout::manifest {
namespace {

// No program runs in less; it is a number without its unit.
constexpr uint64_t kLeastMemory = 1 << 20;
constexpr int kMostCores = 4096;
// PID_MAX_LIMIT, and the kernel's own bound for fs.nr_open.
constexpr int64_t kMostPids = 1 << 22;
constexpr int64_t kMostFiles = 1 << 30;

void ReadResourceLimits(const YamlValue& value, v1::ServiceTemplate* service) {
  for (const auto& [name, item] : value.Entries()) {
    CheckLimitName(item, name);
    v1::ResourceLimit* limit = service->add_resource_limits();
    limit->set_name(name);
    // As RLIM_INFINITY in setrlimit(2).
    limit->set_value(
        item.String() == "unlimited"
            ? std::numeric_limits<uint64_t>::max()
            : item.Integer(0, std::numeric_limits<int64_t>::max(), 0));
  }
}

uint64_t ReadMemory(const YamlValue& value) {
  if (!value.present()) return 0;
  auto bytes = ParseByteSize(value.String());
  if (!bytes.ok()) {
    value.Error(bytes.status().message());
    return 0;
  }
  if (*bytes < kLeastMemory) {
    value.Error(
        absl::StrCat(value.String(), " is less than 1Mi: is a unit missing?"));
  }
  return *bytes;
}

uint32_t ReadCores(const YamlValue& value) {
  if (!value.present()) return 0;
  double cores = 0;
  if (absl::SimpleAtod(value.String(), &cores) && cores >= 0.01 &&
      cores <= kMostCores) {
    return static_cast<uint32_t>(std::lround(cores * 1000));
  }
  value.Error(absl::StrCat("\"", value.String(),
                           "\" is no number of cores: write 0.5 or 2 (0.01 to ",
                           kMostCores, ")"));
  return 0;
}

void ReadFiles(const YamlValue& value, v1::ServiceTemplate* service) {
  if (!value.present()) return;
  for (const v1::ResourceLimit& limit : service->resource_limits()) {
    if (limit.name() != "nofile") continue;
    value.Error("is resourceLimits.nofile, which is given too: keep one");
    return;
  }
  v1::ResourceLimit* limit = service->add_resource_limits();
  limit->set_name("nofile");
  limit->set_value(value.Integer(1, kMostFiles, 1));
}

}  // namespace

void ReadLimits(YamlMap& map, v1::ServiceTemplate* service) {
  ReadResourceLimits(map.Get("resourceLimits"), service);
  YamlValue value = map.Get("limits");
  YamlMap limits(value);
  v1::Limits read;
  read.set_memory_bytes(ReadMemory(limits.Get("memory")));
  read.set_cpu_millicores(ReadCores(limits.Get("cpu")));
  YamlValue pids = limits.Get("pids");
  if (pids.present()) {
    read.set_pids(static_cast<uint32_t>(pids.Integer(1, kMostPids, 1)));
  }
  ReadFiles(limits.Get("files"), service);
  // A plan without stays the revision it is.
  if (read.ByteSizeLong() > 0) *service->mutable_limits() = read;
}

}  // namespace rollout::manifest
