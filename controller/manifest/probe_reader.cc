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

// The one kind that is given; tcp when none is.
void ReadKind(YamlMap& map, v1::Probe* probe) {
  std::vector<std::string> given;
  for (absl::string_view kind : {"http", "tcp", "exec", "grpc", "notify"}) {
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
    } else {
      YamlMap empty(value);
      probe->mutable_notify();
    }
  }
  if (given.empty()) probe->mutable_tcp();
  if (given.size() > 1) {
    map.value().Error(absl::StrCat("several kinds are given (",
                                   absl::StrJoin(given, ", "), "): keep one"));
  }
}

void ReadEndpoint(const YamlValue& value, const Endpoints& endpoints,
                  v1::Probe* probe) {
  if (!value.present()) {
    if (!endpoints.empty()) probe->set_endpoint(endpoints[0].name());
    return;
  }
  std::string name = value.String();
  std::vector<std::string> known;
  for (const v1::Endpoint& endpoint : endpoints) {
    if (endpoint.name() == name) probe->set_endpoint(name);
    known.push_back(endpoint.name());
  }
  if (probe->endpoint().empty() && !name.empty()) {
    value.Error(absl::StrCat("there is no endpoint \"", name, "\" (there are: ",
                             absl::StrJoin(known, ", "), ")"));
  }
  if (probe->has_notify()) {
    value.Error("notify asks no endpoint: leave it out");
  }
}

v1::Probe ReadProbe(const YamlValue& value, const Endpoints& endpoints) {
  v1::Probe probe;
  YamlMap map(value);
  ReadKind(map, &probe);
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
  if (delay > absl::ZeroDuration() && probe.has_notify()) {
    value.Error("notify asks nothing: leave initialDelay out");
  }
  if (delay > absl::ZeroDuration()) {
    *probe.mutable_initial_delay() = ToProto(delay);
  }
  probe.set_success_threshold(
      map.Get("successThreshold").Integer(1, kMaxThreshold, 1));
  probe.set_failure_threshold(
      map.Get("failureThreshold").Integer(1, kMaxThreshold, 3));
  ReadEndpoint(map.Get("endpoint"), endpoints, &probe);
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
  return probe;
}
}  // namespace rollout::manifest
