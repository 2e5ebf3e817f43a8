// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/strategy_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "controller/manifest/host_values.h"
#include "controller/manifest/steps_reader.h"

namespace rollout::manifest {
namespace {

// One that fails more often will fail the next time.
constexpr int kMaxRetries = 10;

v1::HostLimit Count(int hosts) {
  v1::HostLimit limit;
  limit.set_count(hosts);
  return limit;
}

v1::HostLimit Percent(int percent) {
  v1::HostLimit limit;
  limit.set_percent(percent);
  return limit;
}

bool IsZero(const v1::HostLimit& limit) {
  return limit.count() == 0 && limit.percent() == 0;
}

void ReadLimits(YamlMap& map, const v1::ServiceTemplate& service,
                v1::Strategy* strategy) {
  YamlValue surge = map.Get("maxSurge");
  YamlValue overlap = map.Get("maxOverlap");
  *strategy->mutable_max_surge() = ReadLimit(surge, Count(1));
  YamlValue unavailable = map.Get("maxUnavailable");
  *strategy->mutable_max_unavailable() = ReadLimit(unavailable, Count(0));
  const bool exclusive = service.handover() == v1::EXCLUSIVE;
  if ((exclusive || service.fallback() == v1::EXCLUSIVE) &&
      IsZero(strategy->max_unavailable())) {
    unavailable.Error(absl::StrCat(
        "is 0", unavailable.present() ? "" : ", the default", ", but with ",
        exclusive ? "handover" : "fallback",
        " exclusive a host is out of service while it changes: set it to at "
        "least 1"));
  }
  *strategy->mutable_max_overlap() = ReadLimit(overlap, Percent(100));
  if (IsZero(strategy->max_surge()) && IsZero(strategy->max_unavailable())) {
    surge.Error(
        "maxSurge and maxUnavailable are both 0, so no host could ever "
        "change: set one of them to at least 1");
  }
  if (IsZero(strategy->max_overlap())) {
    overlap.Error(
        "no host could run the old and the new generation, so none could "
        "change: set it to at least 1");
  }
}

// That `shorter` < `longer`; reported at `longer`.
void CheckOrder(const YamlValue& shorter, absl::Duration shorter_time,
                const YamlValue& longer, absl::Duration longer_time) {
  if (shorter_time < longer_time) return;
  auto described = [](const YamlValue& value, absl::Duration time) {
    return absl::StrCat(value.path(), " (", absl::FormatDuration(time),
                        value.present() ? ")" : ", the default)");
  };
  const YamlValue& at = longer.present() ? longer : shorter;
  at.Error(absl::StrCat(described(longer, longer_time), " must be longer than ",
                        described(shorter, shorter_time)));
}

void ReadClocks(YamlMap& map, absl::Duration startup_timeout,
                v1::Strategy* strategy) {
  YamlValue ready = map.Get("minReady");
  YamlValue host = map.Get("hostDeadline");
  YamlValue progress = map.Get("progressDeadline");
  absl::Duration min_ready = ready.Duration(absl::Seconds(10));
  absl::Duration host_deadline = host.Duration(absl::Seconds(300));
  absl::Duration progress_deadline = progress.Duration(absl::Seconds(600));
  CheckOrder(ready, min_ready, host, host_deadline);
  CheckOrder(host, host_deadline, progress, progress_deadline);
  if (host_deadline <= startup_timeout) {
    host.Error(
        absl::StrCat("hostDeadline (", absl::FormatDuration(host_deadline),
                     ") must be longer than spec.service.startupTimeout (",
                     absl::FormatDuration(startup_timeout), ")"));
  }
  *strategy->mutable_min_ready() = ToProto(min_ready);
  *strategy->mutable_host_deadline() = ToProto(host_deadline);
  *strategy->mutable_progress_deadline() = ToProto(progress_deadline);
}

std::string ReadSpread(const YamlValue& value) {
  const std::string label = value.String();
  if (value.present() && !IsLabelName(label)) {
    value.Error(absl::StrCat("\"", label, "\" can't be a label of hosts"));
  }
  return label;
}

}  // namespace

v1::Strategy ReadStrategy(const YamlValue& value,
                          const v1::ServiceTemplate& service) {
  v1::Strategy strategy;
  YamlMap map(value);
  ReadLimits(map, service, &strategy);
  ReadClocks(map, FromProto(service.startup_timeout()), &strategy);
  *strategy.mutable_keep_warm() =
      ToProto(map.Get("keepWarm").Duration(absl::Minutes(10)));
  strategy.set_auto_rollback(
      map.Get("onFailure")
          .OneOf<bool>({{"rollback", true}, {"pause", false}}, true));
  *strategy.mutable_failure_tolerance() =
      ReadLimit(map.Get("failureTolerance"), Count(0));
  strategy.set_retries(map.Get("retries").Integer(0, kMaxRetries, 0));
  ReadSteps(map.Get("steps"), service, &strategy);
  strategy.set_spread(ReadSpread(map.Get("spread")));
  if (map.Get("adopt").Bool(false)) strategy.mutable_adopt();
  return strategy;
}

}  // namespace rollout::manifest
