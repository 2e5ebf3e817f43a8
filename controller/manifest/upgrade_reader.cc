// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/upgrade_reader.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "controller/manifest/host_values.h"
#include "controller/manifest/names.h"

namespace rollout::manifest {
namespace {

void CheckEndpoints(const YamlValue& endpoints,
                    const v1::ServiceTemplate& service) {
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    if (!absl::StartsWith(endpoint.address(), "udp:") &&
        !absl::StartsWith(endpoint.address(), "unix:")) {
      continue;
    }
    endpoints.Error(
        absl::StrCat(endpoint.address(),
                     ": handover signal is for TCP endpoints alone: use "
                     "handover intercept or activation"));
  }
}

// The service goes on with the words it was started with.
void CheckLasts(const YamlValue& value, absl::string_view text) {
  for (absl::string_view name : {"${revision}", "${generation}"}) {
    if (!absl::StrContains(text, name)) continue;
    value.Error(absl::StrCat(
        name,
        " changes from one generation to the next, and with handover "
        "signal a service keeps the words it was started with: leave it "
        "out"));
  }
}

void CheckWords(YamlMap& map, const v1::ServiceTemplate& service) {
  for (const std::string& word : service.command()) {
    CheckLasts(map.Get("command"), word);
  }
  for (const auto& [name, text] : service.environment()) {
    CheckLasts(map.Get("environment"), text);
  }
  CheckLasts(map.Get("directory"), service.directory());
}

}  // namespace

void ReadUpgrade(YamlMap& map, v1::ServiceTemplate* service) {
  YamlValue value = map.Get("upgrade");
  if (service->handover() != v1::SIGNAL) {
    if (value.present()) {
      value.Error(
          "is how a service upgrades itself: set handover: signal, or leave it "
          "out");
    }
    return;
  }
  YamlMap upgrade(value);
  v1::SelfUpgrade& read = *service->mutable_upgrade();
  read.set_signal(ReadSignal(upgrade.Get("signal"), "USR2"));
  YamlValue retire = upgrade.Get("retire");
  YamlValue restore = upgrade.Get("restore");
  if (retire.present() != restore.present()) {
    (retire.present() ? retire : restore)
        .Error(
            "retire and restore belong together: a service that is told to "
            "take no more clients must be told to take them again");
  }
  if (retire.present()) read.set_retire(ReadSignal(retire, ""));
  if (restore.present()) read.set_restore(ReadSignal(restore, ""));
  YamlValue pid_file = upgrade.Get("pidFile");
  read.set_pid_file(pid_file.String());
  CheckHostValues(pid_file, read.pid_file(), HostValueScope::kGeneration);
  CheckEndpoints(map.Get("endpoints"), *service);
  CheckWords(map, *service);
  if (service->readiness().has_notify()) {
    map.Get("readiness")
        .Error(
            "notify does not work with handover signal, where two generations "
            "have one notify socket: use http, tcp, grpc or exec");
  }
}

}  // namespace rollout::manifest
