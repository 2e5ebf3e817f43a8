// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/steps_reader.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/proto_time.h"

namespace rollout::manifest {
namespace {

constexpr int kMaxHosts = 1'000'000;
constexpr int kMaxSteps = 100;
constexpr int kWholeWeight = 1000;

bool IsPercent(const v1::HostLimit& limit) {
  return limit.value_case() == v1::HostLimit::kPercent;
}

bool IsZero(const v1::HostLimit& limit) {
  return limit.count() == 0 && limit.percent() == 0;
}

std::string TextOf(const v1::HostLimit& limit) {
  return IsPercent(limit) ? absl::StrCat(limit.percent(), "%")
                          : absl::StrCat(limit.count());
}

// Where that can be told without the fleet.
bool IsMore(const v1::HostLimit& a, const v1::HostLimit& b) {
  return IsPercent(a) == IsPercent(b) &&
         (IsPercent(a) ? a.percent() > b.percent() : a.count() > b.count());
}

// "5%" or "0.1%", in thousandths.
int ReadWeight(const YamlValue& value) {
  if (!value.present()) return kWholeWeight;
  const std::string text = value.String("100%");
  absl::string_view digits = text;
  double percent = 0;
  const bool read =
      absl::ConsumeSuffix(&digits, "%") && !digits.empty() &&
      absl::ascii_isdigit(digits[0]) &&
      digits.find_first_not_of("0123456789.") == absl::string_view::npos &&
      absl::SimpleAtod(digits, &percent);
  const double weight = percent * 10;
  if (read && percent <= 100 && weight >= 1 &&
      std::abs(weight - std::round(weight)) < 1e-6) {
    return static_cast<int>(std::round(weight));
  }
  value.Error(absl::StrCat("\"", text,
                           "\" is no share of the connections: give 0.1% to "
                           "100%, in steps of 0.1%"));
  return kWholeWeight;
}

// Why its connections can't be shared; empty: they can.
std::string WhyNotShared(const v1::ServiceTemplate& service) {
  if (service.handover() == v1::EXCLUSIVE || service.handover() == v1::SIGNAL) {
    return absl::StrCat(
        "with handover ",
        service.handover() == v1::SIGNAL ? "signal" : "exclusive",
        " one version has all connections");
  }
  if (service.fallback() == v1::EXCLUSIVE) {
    return "with fallback exclusive one version has all connections";
  }
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    if (!absl::StartsWith(endpoint.address(), "unix:")) continue;
    return absl::StrCat("endpoint \"", endpoint.name(),
                        "\" is a Unix socket, which leads to one version");
  }
  return "";
}

// The step before it, if there is one, is the last of `strategy`.
void CheckNotFalling(const v1::CanaryStep& step, const YamlValue& hosts,
                     const YamlValue& weight, const v1::Strategy& strategy) {
  if (strategy.steps().empty()) return;
  const v1::CanaryStep& before = *strategy.steps().rbegin();
  if (IsMore(before.hosts(), step.hosts())) {
    hosts.Error(absl::StrCat("falls from ", TextOf(before.hosts()), " to ",
                             TextOf(step.hosts()),
                             ": hosts are counted with those of the steps "
                             "before, and none is taken back"));
  }
  if (step.weight() < before.weight()) {
    weight.Error(absl::StrCat("falls from ", before.weight() / 10.0, "% to ",
                              step.weight() / 10.0,
                              "%: a step gives as much as the one before, or "
                              "more"));
  }
}

v1::CanaryStep ReadStep(const YamlValue& value,
                        const v1::ServiceTemplate& service,
                        const v1::Strategy& strategy) {
  v1::CanaryStep step;
  YamlMap map(value);
  YamlValue hosts = map.Require("hosts");
  YamlValue weight = map.Get("weight");
  v1::HostLimit one;
  one.set_count(1);
  *step.mutable_hosts() = ReadLimit(hosts, one);
  if (IsZero(step.hosts())) {
    hosts.Error(
        absl::StrCat(TextOf(step.hosts()), ": a step takes at least 1 host"));
  }
  step.set_weight(ReadWeight(weight));
  *step.mutable_bake() =
      ToProto(map.Get("bake").Duration(absl::ZeroDuration()));
  step.set_approval(map.Get("approval")
                        .OneOf<v1::CanaryStep::Approval>(
                            {{"none", v1::CanaryStep::NONE},
                             {"required", v1::CanaryStep::REQUIRED},
                             {"fourEyes", v1::CanaryStep::FOUR_EYES}},
                            v1::CanaryStep::NONE));
  CheckNotFalling(step, hosts, weight, strategy);
  if (step.weight() == kWholeWeight) return step;
  if (const std::string why = WhyNotShared(service); !why.empty()) {
    weight.Error(absl::StrCat(why, ": give 100%"));
  } else if (IsMore(step.hosts(), strategy.max_surge())) {
    hosts.Error(
        absl::StrCat("a host that shares its connections is in change, and ",
                     TextOf(step.hosts()), " is more than maxSurge (",
                     TextOf(strategy.max_surge()),
                     "): raise that, take fewer hosts, or give them 100%"));
  }
  return step;
}

}  // namespace

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
  v1::HostLimit limit;
  percent ? limit.set_percent(number) : limit.set_count(number);
  return limit;
}

void ReadSteps(const YamlValue& value, const v1::ServiceTemplate& service,
               v1::Strategy* strategy) {
  const std::vector<YamlValue> items = value.List();
  if (items.size() > kMaxSteps) {
    value.Error(absl::StrCat(items.size(), " steps: at most ", kMaxSteps));
    return;
  }
  for (const YamlValue& item : items) {
    const v1::CanaryStep step = ReadStep(item, service, *strategy);
    *strategy->add_steps() = step;
  }
}

}  // namespace rollout::manifest
