// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/strategy_reader.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/proto_time.h"

namespace rollout::manifest {
namespace {

constexpr int kMaxHosts = 1'000'000;

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

// "3" or "25%".
v1::HostLimit ReadLimit(const YamlValue& value, const v1::HostLimit& fallback) {
  // Stands for no text: none was given, or something else was and is reported.
  constexpr char kNone[] = "\x01";
  std::string text = value.String(kNone);
  if (text == kNone) return fallback;
  absl::string_view digits = text;
  bool percent = absl::ConsumeSuffix(&digits, "%");
  int number = 0;
  if (digits.empty() || !absl::ascii_isdigit(digits[0]) ||
      !absl::SimpleAtoi(digits, &number)) {
    value.Error(absl::StrCat(
        "expected a number of hosts or a share such as 25%, found \"", text,
        "\""));
    return fallback;
  }
  if (number > (percent ? 100 : kMaxHosts)) {
    value.Error(absl::StrCat("\"", text, "\" is more than ",
                             percent ? "100%" : absl::StrCat(kMaxHosts)));
  }
  return percent ? Percent(number) : Count(number);
}

void ReadLimits(YamlMap& map, const v1::ServiceTemplate& service,
                v1::Strategy* strategy) {
  YamlValue surge = map.Get("maxSurge");
  YamlValue overlap = map.Get("maxOverlap");
  *strategy->mutable_max_surge() = ReadLimit(surge, Count(1));
  YamlValue unavailable = map.Get("maxUnavailable");
  *strategy->mutable_max_unavailable() = ReadLimit(unavailable, Count(0));
  if ((service.handover() == v1::EXCLUSIVE ||
       service.fallback() == v1::EXCLUSIVE) &&
      IsZero(strategy->max_unavailable())) {
    (unavailable.present() ? unavailable : surge)
        .Error(
            "maxUnavailable is 0, but with handover exclusive, or as a "
            "fallback, a host is out of service while it changes: set it to "
            "at least 1");
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

}  // namespace

v1::Strategy ReadStrategy(const YamlValue& value,
                          const v1::ServiceTemplate& service) {
  v1::Strategy strategy;
  YamlMap map(value);
  ReadLimits(map, service, &strategy);
  ReadClocks(map, FromProto(service.startup_timeout()), &strategy);
  *strategy.mutable_keep_warm() =
      ToProto(map.Get("keepWarm").Duration(absl::Minutes(10)));
  strategy.set_auto_rollback(map.Get("autoRollback").Bool(true));
  if (map.Get("adopt").Bool(false)) strategy.mutable_adopt();
  return strategy;
}

}  // namespace rollout::manifest
