// SPDX-License-Identifier: Apache-2.0

#include "agent/resources/limits.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

struct Setting {
  const char* file;
  std::string value;
};

// What one limit is in either version.
struct Wanted {
  const char* key;
  const ControllerPlace& place;
  std::vector<Setting> unified;
  std::vector<Setting> version_one;
};

// One group may have several limits, where its hierarchy has several
// controllers.
shim::v1::GroupLimits* LimitsAt(const std::string& path,
                                shim::v1::StartRequest* request) {
  for (shim::v1::GroupLimits& limits : *request->mutable_group_limits()) {
    if (limits.path() == path) return &limits;
  }
  shim::v1::GroupLimits* limits = request->add_group_limits();
  limits->set_path(path);
  return limits;
}

absl::Status Add(const Wanted& wanted, const std::string& name,
                 shim::v1::StartRequest* request) {
  const ControllerPlace& place = wanted.place;
  if (!place.unified && place.holder.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "spec.service.limits.", wanted.key, " can't be set on this host: ",
        place.problem, "; mend that, or take it out of the plan"));
  }
  shim::v1::GroupLimits* limits =
      LimitsAt(place.unified ? request->control_group()
                             : absl::StrCat(place.holder, "/", name),
               request);
  for (const Setting& setting :
       place.unified ? wanted.unified : wanted.version_one) {
    shim::v1::GroupSetting* made = limits->add_settings();
    made->set_file(setting.file);
    made->set_value(setting.value);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddGroupLimits(const v1::Limits& limits,
                            const Controllers& controllers,
                            const std::string& name,
                            shim::v1::StartRequest* request) {
  if (limits.memory_bytes() > 0) {
    const std::string bytes = absl::StrCat(limits.memory_bytes());
    RETURN_IF_ERROR(Add({"memory",
                         controllers.memory,
                         {{"memory.max", bytes}},
                         {{"memory.limit_in_bytes", bytes}}},
                        name, request));
  }
  if (limits.cpu_millicores() > 0) {
    // So much of each 100 ms, the kernel's own default.
    const std::string period = "100000";
    const std::string quota =
        absl::StrCat(uint64_t{100} * limits.cpu_millicores());
    RETURN_IF_ERROR(
        Add({"cpu",
             controllers.cpu,
             {{"cpu.max", absl::StrCat(quota, " ", period)}},
             {{"cpu.cfs_period_us", period}, {"cpu.cfs_quota_us", quota}}},
            name, request));
  }
  if (limits.pids() > 0) {
    const std::vector<Setting> most = {
        {"pids.max", absl::StrCat(limits.pids())}};
    RETURN_IF_ERROR(Add({"pids", controllers.pids, most, most}, name, request));
  }
  return absl::OkStatus();
}

}  // namespace rollout::agent
