// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/start_request.h"

#include <signal.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/certificate/installed_pair.h"
#include "agent/reconcile/system_names.h"
#include "agent/resources/limits.h"
#include "agent/resources/usage.h"
#include "base/proto_time.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

// Of a generation whose template is not known any more.
constexpr absl::Duration kDefaultDrain = absl::Seconds(30);

constexpr char kDefaultPath[] =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

absl::Status SetCommand(const v1::ServiceTemplate& service,
                        const HostValues& values,
                        shim::v1::StartRequest* request) {
  for (int i = 0; i < service.command_size(); ++i) {
    absl::StatusOr<std::string> word = Expand(service.command(i), values);
    if (!word.ok()) {
      return WithContext(word.status(),
                         absl::StrCat("spec.service.command[", i, "]"));
    }
    request->add_command(*std::move(word));
  }
  if (request->command_size() == 0 ||
      !absl::StartsWith(request->command(0), "/")) {
    return absl::InvalidArgumentError(
        "spec.service.command: the program must be an absolute path");
  }
  return absl::OkStatus();
}

absl::Status SetEnvironment(const v1::ServiceTemplate& service,
                            const HostValues& values,
                            shim::v1::StartRequest* request) {
  if (service.environment().count("PATH") == 0) {
    request->add_environment(absl::StrCat("PATH=", kDefaultPath));
  }
  for (const auto& [name, text] : service.environment()) {
    absl::StatusOr<std::string> value = Expand(text, values);
    if (!value.ok()) {
      return WithContext(value.status(),
                         absl::StrCat("spec.service.environment.", name));
    }
    request->add_environment(absl::StrCat(name, "=", *value));
  }
  return absl::OkStatus();
}

absl::Status SetUser(const v1::ServiceTemplate& service,
                     shim::v1::StartRequest* request) {
  if (service.user().empty()) {
    if (service.group().empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "spec.service.group is set and spec.service.user is not: set both");
  }
  ASSIGN_OR_RETURN(UserIds ids, ResolveUser(service.user(), service.group()));
  request->set_set_user(true);
  request->set_uid(ids.uid);
  request->set_gid(ids.gid);
  request->mutable_groups()->Add(ids.groups.begin(), ids.groups.end());
  return absl::OkStatus();
}

absl::Status SetEndpoints(const v1::ServiceTemplate& service,
                          const HostValues& values,
                          shim::v1::StartRequest* request) {
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    absl::StatusOr<std::string> address = Expand(endpoint.address(), values);
    if (!address.ok()) {
      return WithContext(
          address.status(),
          absl::StrCat("spec.service.endpoints \"", endpoint.name(), "\""));
    }
    shim::v1::Endpoint* made = request->add_endpoints();
    made->set_name(endpoint.name());
    made->set_address(*std::move(address));
  }
  return absl::OkStatus();
}

absl::Status SetLimits(const v1::ServiceTemplate& service,
                       shim::v1::StartRequest* request) {
  for (const v1::ResourceLimit& limit : service.resource_limits()) {
    ASSIGN_OR_RETURN(int resource, ResourceNumber(limit.name()));
    shim::v1::ResourceLimit* made = request->add_resource_limits();
    made->set_resource(resource);
    made->set_value(limit.value());
  }
  return absl::OkStatus();
}

absl::Status SetProbeCommand(const v1::ServiceTemplate& service,
                             const HostValues& values, v1::ExecProbe* exec) {
  ASSIGN_OR_RETURN(std::vector<std::string> words, RunAsUser(service));
  for (const std::string& word : exec->command()) {
    absl::StatusOr<std::string> expanded = Expand(word, values);
    if (!expanded.ok()) {
      return WithContext(expanded.status(), "spec.service, a probe's exec");
    }
    words.push_back(*std::move(expanded));
  }
  exec->mutable_command()->Assign(words.begin(), words.end());
  return absl::OkStatus();
}

// Where the service upgrades itself, the first of its generations that we start
// is, if the template says where it shall find them.
bool IsGivenListeners(const v1::ServiceTemplate& service) {
  if (service.handover() != v1::SIGNAL) {
    return service.handover() == v1::ACTIVATION;
  }
  auto names_one = [](const std::string& text) {
    return absl::StrContains(text, "${listener.");
  };
  return std::any_of(service.command().begin(), service.command().end(),
                     names_one) ||
         std::any_of(
             service.environment().begin(), service.environment().end(),
             [&](const auto& variable) { return names_one(variable.second); });
}

shim::v1::DrainWait WaitOf(const v1::Drain& drain) {
  switch (drain.wait()) {
    case v1::Drain::QUEUE:
      return shim::v1::WAIT_FOR_QUEUE;
    case v1::Drain::REQUESTS:
      return shim::v1::WAIT_FOR_REQUESTS;
    default:
      return shim::v1::WAIT_FOR_CONNECTIONS;
  }
}

}  // namespace

HostValues ValuesOfStart(const v1::HostInfo& host, const Start& start) {
  HostValues values = ValuesOf(host);
  values["artifact"] = start.artifact_path;
  values["revision"] = start.revision.id();
  values["generation"] = absl::StrCat(start.generation);
  values["generation.dir"] = start.private_directory;
  const v1::ServiceTemplate& service = start.revision.service();
  if (service.handover() == v1::ACTIVATION ||
      service.handover() == v1::SIGNAL) {
    // SD_LISTEN_FDS_START of sd_listen_fds(3).
    int descriptor = 3;
    for (const v1::Endpoint& endpoint : service.endpoints()) {
      values[absl::StrCat("listener.", endpoint.name())] =
          absl::StrCat(descriptor++);
    }
  }
  for (const v1::ServiceCertificate& each : service.certificates()) {
    const std::string directory =
        absl::StrCat(start.certificates_directory, "/", each.name());
    const std::string prefix = absl::StrCat("certificates.", each.name());
    values[prefix + ".certificate"] =
        certificate::InstalledCertificate(directory);
    values[prefix + ".key"] = certificate::InstalledKey(directory);
  }
  return values;
}

// setpriv(1) is part of util-linux.
absl::StatusOr<std::vector<std::string>> RunAsUser(
    const v1::ServiceTemplate& service) {
  if (service.user().empty()) return std::vector<std::string>();
  ASSIGN_OR_RETURN(UserIds ids, ResolveUser(service.user(), service.group()));
  return std::vector<std::string>{
      "/usr/bin/setpriv", absl::StrCat("--reuid=", ids.uid),
      absl::StrCat("--regid=", ids.gid),
      absl::StrCat("--groups=", absl::StrJoin(ids.groups, ",")), "--"};
}

absl::StatusOr<shim::v1::StartRequest> BuildStartRequest(
    const v1::HostInfo& host, const Controllers& controllers,
    const Start& start) {
  const v1::ServiceTemplate& service = start.revision.service();
  const HostValues values = ValuesOfStart(host, start);
  shim::v1::StartRequest request;
  request.set_generation(start.generation);
  request.set_revision(start.revision.id());
  request.set_attempt(start.attempt);
  RETURN_IF_ERROR(SetCommand(service, values, &request));
  RETURN_IF_ERROR(SetEnvironment(service, values, &request));
  RETURN_IF_ERROR(SetUser(service, &request));
  RETURN_IF_ERROR(SetEndpoints(service, values, &request));
  RETURN_IF_ERROR(SetLimits(service, &request));
  request.set_directory(start.private_directory);
  if (!service.directory().empty()) {
    absl::StatusOr<std::string> directory = Expand(service.directory(), values);
    if (!directory.ok()) {
      return WithContext(directory.status(), "spec.service.directory");
    }
    request.set_directory(*std::move(directory));
  }
  request.set_umask(service.umask());
  request.set_handover(IsGivenListeners(service) ? shim::v1::ACTIVATION
                                                 : shim::v1::INTERCEPT);
  request.set_private_directory(start.private_directory);
  request.set_output_file(start.output_file);
  request.set_control_group(start.control_group);
  RETURN_IF_ERROR(AddGroupLimits(service.limits(), controllers,
                                 start.group_name, &request));
  AskForFigures(&request);
  request.set_handshake_grace_ns(
      absl::ToInt64Nanoseconds(FromProto(service.handshake_grace())));
  return request;
}

shim::v1::AdoptRequest BuildAdoptRequest(const shim::v1::StartRequest& start,
                                         int32_t pid) {
  shim::v1::AdoptRequest request;
  request.set_generation(start.generation());
  request.set_revision(start.revision());
  request.set_attempt(start.attempt());
  *request.mutable_endpoints() = start.endpoints();
  request.set_handshake_grace_ns(start.handshake_grace_ns());
  request.set_pid(pid);
  return request;
}

absl::StatusOr<probe::ProbeTarget> BuildProbeTarget(const v1::HostInfo& host,
                                                    const Start& start,
                                                    const v1::Probe& probe,
                                                    uint32_t mark) {
  const v1::ServiceTemplate& service = start.revision.service();
  HostValues values = ValuesOfStart(host, start);
  // The runner replaces this one: it makes the door.
  values["probe.address"] = "${probe.address}";
  probe::ProbeTarget target;
  target.probe = probe;
  target.mark = mark;
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    if (!target.probe.endpoint().empty() &&
        endpoint.name() != target.probe.endpoint()) {
      continue;
    }
    ASSIGN_OR_RETURN(target.address, Expand(endpoint.address(), values));
    break;
  }
  if (target.probe.has_exec()) {
    RETURN_IF_ERROR(
        SetProbeCommand(service, values, target.probe.mutable_exec()));
  }
  return target;
}

shim::v1::DrainRequest BuildDrainRequest(const v1::ServiceTemplate& service,
                                         int64_t generation) {
  const v1::Drain& drain = service.drain();
  absl::Duration timeout =
      drain.has_timeout() ? FromProto(drain.timeout()) : kDefaultDrain;
  shim::v1::DrainRequest request;
  request.set_generation(generation);
  request.set_signal(SignalNumber(drain.signal()).value_or(SIGTERM));
  request.set_wait(WaitOf(drain));
  request.set_wait_ns(absl::ToInt64Nanoseconds(timeout / 2));
  request.set_timeout_ns(absl::ToInt64Nanoseconds(timeout));
  if (drain.has_escalate()) {
    // One that this agent does not know is left out: SIGKILL ends it all.
    request.set_second_signal(
        SignalNumber(drain.escalate().signal()).value_or(0));
    request.set_second_after_ns(
        absl::ToInt64Nanoseconds(FromProto(drain.escalate().after())));
  }
  return request;
}

}  // namespace rollout::agent
