// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/probe_reader.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "controller/manifest/host_values.h"

namespace rollout::manifest {
namespace {

constexpr absl::Duration kShortestPeriod = absl::Milliseconds(10);
constexpr int kMaxThreshold = 1000;

void ReadHttp(const YamlValue& value, v1::HttpProbe* http) {
  YamlMap map(value);
  YamlValue path = map.Get("path");
  http->set_path(path.String("/"));
  bool printable =
      std::all_of(http->path().begin(), http->path().end(),
                  [](unsigned char c) { return c > ' ' && c != 0x7F; });
  if (!absl::StartsWith(http->path(), "/") || !printable) {
    path.Error(absl::StrCat("\"", http->path(),
                            "\" must begin with / and hold no spaces"));
  }
}

void ReadExec(const YamlValue& value, v1::ExecProbe* exec) {
  YamlMap map(value);
  YamlValue command = map.Require("command");
  for (const YamlValue& item : command.List()) {
    std::string word = item.String();
    CheckHostValues(item, word, HostValueScope::kProbe);
    if (exec->command().empty() && !absl::StartsWith(word, "/") &&
        !absl::StartsWith(word, "${artifact}")) {
      item.Error(absl::StrCat("the program \"", word,
                              "\" must be an absolute path or begin with "
                              "${artifact}"));
    }
    exec->add_command(word);
  }
  if (command.present() && exec->command().empty()) {
    command.Error("is empty: name the program and its arguments");
  }
}

// The first that can be connected to; null: none.
const v1::Endpoint* Connectable(const Endpoints& endpoints) {
  auto found =
      std::find_if(endpoints.begin(), endpoints.end(), TakesConnections);
  return found == endpoints.end() ? nullptr : &*found;
}

bool IsAskedByConnecting(const v1::Probe& probe) {
  return probe.has_http() || probe.has_tcp() || probe.has_grpc();
}

// The one kind that is given; when none is, tcp where an endpoint can be
// connected to.
void ReadKind(YamlMap& map, const Endpoints& endpoints, v1::Probe* probe) {
  std::vector<std::string> given;
  for (absl::string_view kind :
       {"http", "tcp", "exec", "grpc", "notify", "listening"}) {
    YamlValue value = map.Get(kind);
    if (!value.present()) continue;
    given.push_back(std::string(kind));
    if (kind == "http") {
      ReadHttp(value, probe->mutable_http());
    } else if (kind == "tcp") {
      YamlMap empty(value);
      probe->mutable_tcp();
    } else if (kind == "exec") {
      ReadExec(value, probe->mutable_exec());
    } else if (kind == "grpc") {
      YamlMap grpc(value);
      probe->mutable_grpc()->set_service(grpc.Get("service").String());
    } else if (kind == "notify") {
      YamlMap empty(value);
      probe->mutable_notify();
    } else {
      YamlMap empty(value);
      probe->mutable_listening();
    }
  }
  if (given.empty() && (endpoints.empty() || Connectable(endpoints))) {
    probe->mutable_tcp();
  } else if (given.empty()) {
    probe->mutable_listening();
  }
  if (given.size() > 1) {
    map.value().Error(absl::StrCat("several kinds are given (",
                                   absl::StrJoin(given, ", "), "): keep one"));
  }
}

const v1::Endpoint* Find(const Endpoints& endpoints, const std::string& name) {
  auto found = std::find_if(
      endpoints.begin(), endpoints.end(),
      [&name](const v1::Endpoint& each) { return each.name() == name; });
  return found == endpoints.end() ? nullptr : &*found;
}

bool NeedsDoor(const v1::Probe& probe) {
  const auto& command = probe.exec().command();
  return std::any_of(command.begin(), command.end(),
                     [](const std::string& word) {
                       return absl::StrContains(word, "${probe.address}");
                     });
}

// The name of the kind.
absl::string_view AsksNothing(const v1::Probe& probe) {
  return probe.has_notify() ? "notify" : "listening";
}

// `at`: where to tell what is wrong with it.
void CheckAsked(const YamlValue& at, const v1::Endpoint& endpoint,
                const v1::Probe& probe) {
  if (TakesConnections(endpoint)) return;
  if (IsAskedByConnecting(probe)) {
    at.Error(absl::StrCat("endpoint \"", endpoint.name(), "\" (",
                          endpoint.address(),
                          ") takes no connections: use exec, notify or "
                          "listening"));
  } else if (NeedsDoor(probe)) {
    at.Error(absl::StrCat("${probe.address} leads to no UDP endpoint like \"",
                          endpoint.name(), "\": leave it out"));
  }
}

void ReadEndpoint(const YamlValue& value, const YamlValue& probe_value,
                  const Endpoints& endpoints, v1::Probe* probe) {
  if (!value.present()) {
    if (endpoints.empty()) return;
    const v1::Endpoint* connectable = Connectable(endpoints);
    const v1::Endpoint& asked = connectable ? *connectable : endpoints[0];
    probe->set_endpoint(asked.name());
    CheckAsked(probe_value, asked, *probe);
    return;
  }
  std::string name = value.String();
  const v1::Endpoint* asked = Find(endpoints, name);
  if (asked != nullptr) {
    probe->set_endpoint(name);
    CheckAsked(value, *asked, *probe);
  } else if (!name.empty()) {
    value.Error(absl::StrCat(
        "there is no endpoint \"", name, "\" (there are: ",
        absl::StrJoin(endpoints, ", ",
                      [](std::string* out, const v1::Endpoint& each) {
                        out->append(each.name());
                      }),
        ")"));
  }
  if (probe->has_notify() || probe->has_listening()) {
    value.Error(
        absl::StrCat(AsksNothing(*probe), " asks no endpoint: leave it out"));
  }
}

// Left out where there is none, as initialDelay.
void ReadErrorBudget(const YamlValue& value, v1::Probe* probe) {
  if (!value.present()) return;
  if (probe->has_notify() || probe->has_listening()) {
    value.Error(absl::StrCat(AsksNothing(*probe),
                             " asks nothing that could fail: leave it out"));
  }
  YamlMap map(value);
  v1::ErrorBudget& budget = *probe->mutable_error_budget();
  budget.set_failures(map.Require("failures").Integer(0, kMaxThreshold, 0));
  const absl::Duration window = map.Get("window").Duration(absl::Minutes(1));
  *budget.mutable_window() = ToProto(window);
  const absl::Duration period = FromProto(probe->period());
  if (period * budget.failures() >= window) {
    value.Error(absl::StrCat(
        "can't be spent: with period ", absl::FormatDuration(period), " no ",
        budget.failures() + 1, " answers fail in ",
        absl::FormatDuration(window), "; raise window or lower failures"));
  }
}

v1::Probe ReadProbe(const YamlValue& value, const Endpoints& endpoints) {
  v1::Probe probe;
  YamlMap map(value);
  ReadKind(map, endpoints, &probe);
  YamlValue period = map.Get("period");
  *probe.mutable_period() = ToProto(period.Duration(absl::Seconds(1)));
  if (FromProto(probe.period()) < kShortestPeriod) {
    period.Error(absl::StrCat("must be at least ",
                              absl::FormatDuration(kShortestPeriod)));
  }
  YamlValue timeout = map.Get("timeout");
  *probe.mutable_timeout() = ToProto(timeout.Duration(absl::Seconds(1)));
  if (FromProto(probe.timeout()) < kShortestPeriod) {
    timeout.Error(absl::StrCat("must be at least ",
                               absl::FormatDuration(kShortestPeriod)));
  }
  // Left out where it is none: what a plan does not say must not change the
  // name of its revision.
  const absl::Duration delay =
      map.Get("initialDelay").Duration(absl::ZeroDuration());
  if (delay > absl::ZeroDuration() &&
      (probe.has_notify() || probe.has_listening())) {
    value.Error(absl::StrCat(AsksNothing(probe),
                             " asks nothing: leave initialDelay out"));
  }
  if (delay > absl::ZeroDuration()) {
    *probe.mutable_initial_delay() = ToProto(delay);
  }
  probe.set_success_threshold(
      map.Get("successThreshold").Integer(1, kMaxThreshold, 1));
  probe.set_failure_threshold(
      map.Get("failureThreshold").Integer(1, kMaxThreshold, 3));
  ReadErrorBudget(map.Get("errorBudget"), &probe);
  ReadEndpoint(map.Get("endpoint"), value, endpoints, &probe);
  return probe;
}

}  // namespace

v1::Probe ReadReadiness(const YamlValue& value, const Endpoints& endpoints) {
  return ReadProbe(value, endpoints);
}

v1::Probe ReadLiveness(const YamlValue& value, const Endpoints& endpoints) {
  v1::Probe probe = ReadProbe(value, endpoints);
  if (probe.has_notify()) {
    value.Error(
        "notify tells once that a service is ready, not that it is well: use "
        "http, tcp, exec or grpc");
  }
  if (probe.has_listening()) {
    value.Error(
        "that it listens does not tell that a service is well: use http, tcp, "
        "exec or grpc");
  }
  return probe;
}
}  // namespace rollout::manifest
