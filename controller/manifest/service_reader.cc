// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/service_reader.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
#include "controller/manifest/artifact_reader.h"
#include "controller/manifest/certificate_reader.h"
#include "controller/manifest/endpoint_reader.h"
#include "controller/manifest/host_values.h"
#include "controller/manifest/limits_reader.h"
#include "controller/manifest/names.h"
#include "controller/manifest/probe_reader.h"
#include "controller/manifest/upgrade_reader.h"

namespace rollout::manifest {
namespace {

// One plan and its records must fit a transaction of the store.
constexpr size_t kMaxTemplateBytes = 256 << 10;

// The program must be found without a search path, and an artifact is either
// the program itself or a directory that holds it.
void CheckProgram(const YamlValue& value, const std::string& program,
                  v1::Artifact::Format format) {
  constexpr absl::string_view kArtifact = "${artifact}";
  bool in_artifact = absl::StartsWith(program, "${artifact}/");
  if (program == kArtifact && format == v1::Artifact::TAR) {
    value.Error(
        "the artifact is an archive, so ${artifact} is a directory: write "
        "${artifact}/PROGRAM");
  } else if (in_artifact && format == v1::Artifact::EXECUTABLE) {
    value.Error(
        "the artifact is one program (format: executable): write "
        "${artifact}, or set format: tar");
  } else if (program != kArtifact && !in_artifact &&
             !absl::StartsWith(program, "/")) {
    value.Error(absl::StrCat("the program \"", program,
                             "\" must be an absolute path or begin with "
                             "${artifact}: there is no shell and no search "
                             "path"));
  }
}

void CheckFallback(const YamlValue& value, const v1::ServiceTemplate& service) {
  if (service.handover() != v1::INTERCEPT &&
      service.handover() != v1::ACTIVATION) {
    value.Error(
        "is for handover intercept and activation, whose generations may run "
        "at once: leave it out");
  }
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    if (absl::StartsWith(endpoint.address(), "udp:") ||
        absl::StartsWith(endpoint.address(), "unix:")) {
      value.Error(absl::StrCat(endpoint.address(),
                               ": who waits there can't be handed on, which "
                               "only TCP can: leave it out"));
    }
  }
}

void ReadEndpointsAndHandover(YamlMap& map, v1::ServiceTemplate* service) {
  *service->mutable_endpoints() = ReadEndpoints(map.Require("endpoints"));
  service->set_handover(
      map.Get("handover")
          .OneOf<v1::Handover>({{"intercept", v1::INTERCEPT},
                                {"activation", v1::ACTIVATION},
                                {"exclusive", v1::EXCLUSIVE},
                                {"signal", v1::SIGNAL}},
                               v1::INTERCEPT));
  YamlValue fallback = map.Get("fallback");
  if (!fallback.present()) return;
  service->set_fallback(fallback.OneOf<v1::Handover>(
      {{"exclusive", v1::EXCLUSIVE}}, v1::EXCLUSIVE));
  CheckFallback(fallback, *service);
}

// The endpoints whose descriptors a generation is given.
std::vector<std::string> GivenListeners(const v1::ServiceTemplate& service) {
  std::vector<std::string> names;
  if (service.handover() != v1::ACTIVATION &&
      service.handover() != v1::SIGNAL) {
    return names;
  }
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    names.push_back(endpoint.name());
  }
  return names;
}

void ReadCommand(const YamlValue& value, v1::ServiceTemplate* service) {
  const std::vector<std::string> listeners = GivenListeners(*service);
  for (const YamlValue& item : value.List()) {
    std::string word = item.String();
    CheckHostValues(item, word, HostValueScope::kGeneration, listeners);
    if (service->command().empty()) {
      CheckProgram(item, word, service->artifact().format());
    }
    service->add_command(word);
  }
  if (value.present() && service->command().empty()) {
    value.Error("is empty: name the program and its arguments");
  }
}

void ReadAccounts(YamlMap& map, v1::ServiceTemplate* service) {
  service->set_user(ReadAccount(map.Get("user")));
  YamlValue group = map.Get("group");
  service->set_group(ReadAccount(group));
  if (!service->group().empty() && service->user().empty()) {
    group.Error("is set and user is not: set both");
  }
}

void ReadDirectory(const YamlValue& value, v1::ServiceTemplate* service) {
  std::string directory = value.String();
  CheckHostValues(value, directory, HostValueScope::kGeneration);
  if (!directory.empty() && !absl::StartsWith(directory, "/") &&
      !absl::StartsWith(directory, "${artifact}") &&
      !absl::StartsWith(directory, "${generation.dir}")) {
    value.Error(absl::StrCat("\"", directory,
                             "\" must be an absolute path or begin with "
                             "${artifact} or ${generation.dir}"));
  }
  service->set_directory(directory);
}

void ReadEnvironment(const YamlValue& value, v1::ServiceTemplate* service) {
  const std::vector<std::string> listeners = GivenListeners(*service);
  for (const auto& [name, item] : value.Entries()) {
    std::string text = item.String();
    CheckVariableName(item, name);
    CheckHostValues(item, text, HostValueScope::kGeneration, listeners);
    (*service->mutable_environment())[name] = text;
  }
}

uint32_t ReadUmask(const YamlValue& value) {
  std::string text = value.String("022");
  uint32_t mask = 0;
  bool octal = !text.empty() && text.size() <= 4;
  for (char c : text) {
    octal = octal && c >= '0' && c <= '7';
    mask = mask * 8 + (c - '0');
  }
  if (octal && mask <= 0777) return mask;
  value.Error(
      absl::StrCat("\"", text, "\" is not an octal mask from 000 to 777"));
  return 0;
}

absl::Duration ReadPositive(const YamlValue& value, absl::Duration fallback) {
  absl::Duration duration = value.Duration(fallback);
  if (duration <= absl::ZeroDuration()) value.Error("must be more than 0s");
  return duration;
}

void ReadDrain(const YamlValue& value, v1::Drain* drain) {
  YamlMap map(value);
  drain->set_signal(ReadSignal(map.Get("signal"), "TERM"));
  drain->set_wait(map.Get("wait").OneOf<v1::Drain::Wait>(
      {{"connections", v1::Drain::CONNECTIONS},
       {"requests", v1::Drain::REQUESTS},
       {"queue", v1::Drain::QUEUE}},
      v1::Drain::CONNECTIONS));
  const absl::Duration timeout =
      ReadPositive(map.Get("timeout"), absl::Seconds(30));
  *drain->mutable_timeout() = ToProto(timeout);
  YamlValue escalate = map.Get("escalate");
  if (!escalate.present()) return;
  YamlMap second(escalate);
  drain->mutable_escalate()->set_signal(
      ReadSignal(second.Require("signal"), ""));
  YamlValue after = second.Require("after");
  *drain->mutable_escalate()->mutable_after() =
      ToProto(ReadPositive(after, absl::Seconds(1)));
  if (FromProto(drain->escalate().after()) >= timeout / 2) {
    after.Error(
        absl::StrCat("must be less than half of timeout (",
                     absl::FormatDuration(timeout / 2),
                     "): the other half may be over before the first signal"));
  }
}

}  // namespace

v1::ServiceTemplate ReadService(const YamlValue& value) {
  v1::ServiceTemplate service;
  YamlMap map(value);
  *service.mutable_artifact() = ReadArtifact(map.Require("artifact"));
  ReadEndpointsAndHandover(map, &service);
  ReadCommand(map.Require("command"), &service);
  ReadAccounts(map, &service);
  ReadDirectory(map.Get("directory"), &service);
  ReadEnvironment(map.Get("environment"), &service);
  service.set_umask(ReadUmask(map.Get("umask")));
  ReadLimits(map, &service);
  *service.mutable_readiness() =
      ReadReadiness(map.Get("readiness"), service.endpoints());
  YamlValue liveness = map.Get("liveness");
  if (liveness.present()) {
    *service.mutable_liveness() = ReadLiveness(liveness, service.endpoints());
  }
  ReadCertificates(map.Get("certificates"), &service);
  ReadUpgrade(map, &service);
  ReadDrain(map.Get("drain"), service.mutable_drain());
  const absl::Duration startup =
      ReadPositive(map.Get("startupTimeout"), absl::Seconds(15));
  *service.mutable_startup_timeout() = ToProto(startup);
  if (FromProto(service.readiness().initial_delay()) >= startup) {
    map.Get("readiness")
        .Error(absl::StrCat("initialDelay must be less than startupTimeout (",
                            absl::FormatDuration(startup),
                            "): nobody would ask before that"));
  }
  *service.mutable_handshake_grace() =
      ToProto(map.Get("handshakeGrace").Duration(absl::Seconds(3)));
  if (service.ByteSizeLong() > kMaxTemplateBytes) {
    value.Error(absl::StrCat("is larger than ", kMaxTemplateBytes,
                             " bytes: move what is large into the artifact"));
  }
  return service;
}

}  // namespace rollout::manifest
