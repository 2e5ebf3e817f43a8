// SPDX-License-Identifier: Apache-2.0

#include "controller/api/fleet_check.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/endpoint_address.h"
#include "base/placeholders.h"
#include "base/status_macros.h"
#include "controller/decide/endpoint_claims.h"
#include "controller/decide/limits.h"
#include "controller/decide/view.h"
#include "controller/manifest/host_selector.h"
#include "controller/store/holds.h"
#include "controller/view/plan_view.h"

namespace rollout::api {
namespace {

using Claims = std::vector<decide::EndpointClaim>;

std::map<std::string, std::string> HostValues(const v1::HostInfo& host) {
  std::map<std::string, std::string> values = {
      {"host.name", host.name()}, {"host.address", host.address()}};
  for (const auto& [name, value] : host.labels()) {
    values["host.labels." + name] = value;
  }
  return values;
}

// The labels used anywhere in the template. Validated, so every ${ is closed.
std::set<std::string> LabelsUsed(const v1::ServiceTemplate& service) {
  std::set<std::string> labels;
  auto look = [&labels](const std::string& text) {
    auto names = FindPlaceholders(text);
    if (!names.ok()) return;
    for (absl::string_view name : *names) {
      if (absl::ConsumePrefix(&name, "host.labels.")) labels.emplace(name);
    }
  };
  look(service.directory());
  for (const std::string& word : service.command()) look(word);
  for (const auto& [name, value] : service.environment()) look(value);
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    look(endpoint.address());
  }
  for (const v1::Probe* probe : {&service.readiness(), &service.liveness()}) {
    for (const std::string& word : probe->exec().command()) look(word);
  }
  return labels;
}

absl::Status CheckLabels(const PlanUnderCheck& plan, const v1::HostInfo& host,
                         const std::set<std::string>& used) {
  for (const std::string& label : used) {
    if (host.labels().count(label) != 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("plan \"", plan.name, "\" uses ${host.labels.", label,
                     "}, and host ", host.name(), " has no label \"", label,
                     "\": add it to that agent's configuration, or narrow "
                     "spec.hosts.matchLabels"));
  }
  return absl::OkStatus();
}

absl::Status AddClaims(const PlanUnderCheck& plan, const v1::HostInfo& host,
                       Claims* claims) {
  std::map<std::string, std::string> values = HostValues(host);
  for (const v1::Endpoint& endpoint : plan.spec.service().endpoints()) {
    auto address = ReplacePlaceholders(endpoint.address(), values);
    auto parsed = EndpointAddress::Parse(address.ok() ? *address : "");
    if (parsed.ok()) {
      claims->push_back(
          {plan.name, host.name(), parsed->ToString(), plan.is_new});
    } else if (plan.is_new) {
      return absl::FailedPreconditionError(absl::StrCat(
          "plan \"", plan.name, "\": endpoint \"", endpoint.name(),
          "\" with address ", endpoint.address(), " is ",
          address.ok() ? *address : std::string(address.status().message()),
          " on host ", host.name(),
          ", and that is not IPV4:PORT, [IPV6]:PORT, one of these after "
          "udp:, or unix:/PATH"));
    }
  }
  return absl::OkStatus();
}

// A number of hosts and a share of them can be laid side by side only where it
// is known how many there are.
absl::Status CheckSteps(const PlanUnderCheck& plan, int selected) {
  const decide::StrategyView strategy = view::ToView(plan.spec);
  auto limits = decide::ResolveLimits(strategy.max_surge,
                                      strategy.max_unavailable, selected);
  for (size_t i = 0; i < strategy.steps.size() && limits.ok(); ++i) {
    const decide::CanaryStep& step = strategy.steps[i];
    const int hosts = std::min(step.hosts.RoundedUp(selected), selected);
    if (step.weight == decide::kWholeWeight || hosts <= limits->change()) {
      continue;
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "plan \"", plan.name, "\": spec.strategy.steps[", i, "].hosts is ",
        hosts, " of the ", selected, " hosts it selects, with ",
        step.weight / 10.0, "% of their connections, and ",
        limits->surge > 0 ? "maxSurge" : "maxUnavailable", " is ",
        limits->change(),
        " of them: raise that, take fewer hosts, or give them 100%"));
  }
  return absl::OkStatus();
}

// What is wrong with one plan by itself. Adds to `claims` and `warnings`.
absl::Status CheckPlan(const PlanUnderCheck& plan,
                       const std::vector<v1::HostInfo>& hosts, Claims* claims,
                       Warnings* warnings) {
  const std::set<std::string> labels = LabelsUsed(plan.spec.service());
  int selected = 0;
  for (const v1::HostInfo& host : hosts) {
    if (!manifest::Selects(plan.spec.hosts(), host)) continue;
    ++selected;
    if (plan.is_new) RETURN_IF_ERROR(CheckLabels(plan, host, labels));
    RETURN_IF_ERROR(AddClaims(plan, host, claims));
  }
  if (plan.has_new_steps) RETURN_IF_ERROR(CheckSteps(plan, selected));
  if (plan.is_new && selected == 0) {
    (*warnings)[plan.name].push_back(
        absl::StrCat("no host matches spec.hosts.matchLabels (",
                     store::SelectorText(plan.spec.hosts()),
                     ") now: the rollout waits for one"));
  }
  return absl::OkStatus();
}

std::string At(const std::string& place, absl::string_view message) {
  return place.empty() ? std::string(message)
                       : absl::StrCat(place, ": ", message);
}

}  // namespace

absl::StatusOr<Warnings> CheckAgainstFleet(
    const std::vector<PlanUnderCheck>& plans,
    const std::vector<v1::HostInfo>& hosts) {
  Warnings warnings;
  Claims claims;
  std::vector<std::string> errors;
  std::map<std::string, std::string> places;
  for (const PlanUnderCheck& plan : plans) {
    places[plan.name] = plan.place;
    absl::Status status = CheckPlan(plan, hosts, &claims, &warnings);
    if (!status.ok()) errors.push_back(At(plan.place, status.message()));
  }
  for (const decide::EndpointClash& clash :
       decide::FindEndpointClashes(std::move(claims))) {
    errors.push_back(At(places[clash.plan], clash.message));
  }
  if (errors.empty()) return warnings;
  return absl::FailedPreconditionError(absl::StrJoin(errors, "\n"));
}

}  // namespace rollout::api
